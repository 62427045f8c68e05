/** What the TUF client threw into a refusal that says which attack it looks like. */
import type { RefusalCode } from "@tactus/shared";
import { UpdateRefusedError } from "./model-source.js";

/** The reason begins with the code: "rollback: New timestamp version 3 is less than current version 5". */
export class ModelRefusedError extends UpdateRefusedError {
  readonly refusal: RefusalCode;

  constructor(refusal: RefusalCode, message: string, options?: ErrorOptions) {
    super(`${refusal}: ${message}`.slice(0, 400), options);
    this.refusal = refusal;
  }
}

/** Messages of tuf-js 4.1.0 and @tufjs/models 4.1.0, in the order in which they are tried; the attack tests hold them. */
const MEANINGS: readonly (readonly [RegExp, RefusalCode])[] = [
  [/is expired/, "freeze"],
  [/is less than current version|^Missing file .* in new snapshot/, "rollback"],
  [/Expected version \d+, got \d+/, "root-gap"],
  [/doesn't match timestamp|does not match snapshot version/, "mix-and-match"],
  [/was signed by \d+\/\d+ keys|multiple signatures found/, "unsigned"],
  [/specVersion|spec_version/, "unknown-spec"],
  [/Expected (length|hash) .* but got|Hash algorithm .* not supported/, "wrong-hash"],
];

/** For metadata, another hash than the signed one means that the files do not belong together. */
export function refusalOf(error: unknown, what: "metadata" | "target"): ModelRefusedError {
  if (error instanceof ModelRefusedError) return error;
  const message = innermost((error as Error).message || String(error));
  const code = MEANINGS.find(([pattern]) => pattern.test(message))?.[1] ?? "malformed";
  const refusal = what === "metadata" && code === "wrong-hash" ? "mix-and-match" : code;
  return new ModelRefusedError(refusal, message, { cause: error });
}

/** tuf-js wraps as text: "Unable to load snapshot metadata error Error: New version …". */
function innermost(message: string): string {
  return message.replace(/^Unable to load \w+ (metadata )?error (\w*Error: )?/, "").replaceAll("\n", " ");
}
