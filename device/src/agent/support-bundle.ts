/** Everything that helps somebody far away to understand this box into one compressed archive without a secret, sent to the cloud. */
import { promisify } from "node:util";
import { gzip } from "node:zlib";
import { type DeviceAddress, UnavailableError } from "@tactus/shared";
import type { CloudFetch } from "../identity/cloud-fetch.js";
import type { LogLine } from "../process-channel.js";
import { maskFields, maskText, secretsIn } from "./mask-secrets.js";
import { type TarEntry, tarOf } from "./tar-file.js";

export interface SupportBundleParts {
  address: DeviceAddress;
  /** Undefined: there is no way to the cloud but MQTT. */
  cloudFetch: CloudFetch | undefined;
  /** The box's configuration as it holds, secrets included. */
  config: object;
  /** Further secrets, of which a trace may be in a log. */
  secrets(): readonly string[];
  /** Each becomes a file `<name>.json`. A part that cannot be had is its error. */
  facts: Record<string, () => unknown | Promise<unknown>>;
  logs(): Promise<readonly LogLine[]>;
  /** Epoch seconds. */
  nowS(): number;
}

const MAX_BYTES = 10 * 1024 * 1024;
const UPLOAD_WITHIN_MS = 120_000;

export class SupportBundle {
  readonly #parts: SupportBundleParts;

  constructor(parts: SupportBundleParts) {
    this.#parts = parts;
  }

  /** Resolves with what was sent, in words. */
  async send(requestId: string): Promise<string> {
    const { cloudFetch, address } = this.#parts;
    if (!cloudFetch) {
      throw new UnavailableError("This box knows no HTTP address of the cloud: claim it, or set cloud.httpUrl");
    }
    const bundle = await this.make();
    const path = `/api/v1/devices/${address.venue}.${address.device}/support-bundles/${encodeURIComponent(requestId)}`;
    const { status, body } = await cloudFetch(path, {
      method: "PUT",
      body: bundle,
      headers: { "content-type": "application/gzip" },
      signal: AbortSignal.timeout(UPLOAD_WITHIN_MS),
    });
    if (status >= 200 && status < 300) return `Support bundle of ${bundle.length} bytes`;
    throw new UnavailableError(`The cloud did not take the bundle: ${status} ${body.toString("utf8", 0, 200)}`);
  }

  /** A .tar.gz of JSON files and the log as NDJSON. Sound is never part of it. */
  async make(): Promise<Buffer> {
    const { config, secrets, facts, logs, nowS } = this.#parts;
    const known = [...secretsIn(config), ...secrets()];
    const entries: TarEntry[] = [entryOf("config.json", config, known)];
    for (const [name, read] of Object.entries(facts)) {
      const value = await Promise.resolve()
        .then(read)
        .catch((error: Error) => ({ error: error.message }));
      entries.push(entryOf(`${name}.json`, value ?? null, known));
    }
    const lines = await logs().catch((): LogLine[] => []);
    const text = lines.map((line) => maskText(JSON.stringify(line), known)).join("\n");
    entries.push({ name: "support/log.ndjson", content: Buffer.from(`${text}\n`) });
    const bundle = await promisify(gzip)(tarOf(entries, nowS()));
    if (bundle.length <= MAX_BYTES) return bundle;
    throw new UnavailableError(`The bundle has ${bundle.length} bytes, the cloud takes ${MAX_BYTES}`);
  }
}

function entryOf(name: string, value: unknown, secrets: readonly string[]): TarEntry {
  const text = JSON.stringify(maskFields(value), null, 2);
  return { name: `support/${name}`, content: Buffer.from(`${maskText(text, secrets)}\n`) };
}
