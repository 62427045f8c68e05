/** Bytes of a request into its contract type; what cannot be read is one clear warning and nothing else. */
import { InputError, type Leaf, parseJsonAs } from "@tactus/shared";
import type { Logger } from "pino";
import type { z } from "zod";

/** A sender that repeats its mistake is not repeated in the log: seconds. */
const QUIET_S = 5;

export class RequestReader<T> {
  readonly #leaf: Leaf;
  readonly #schema: z.ZodType<T>;
  readonly #log: Logger;
  #warnedAt = Number.NEGATIVE_INFINITY;
  #unsaid = 0;

  constructor(options: { leaf: Leaf; schema: z.ZodType<T>; log: Logger }) {
    this.#leaf = options.leaf;
    this.#schema = options.schema;
    this.#log = options.log;
  }

  /** Undefined when it is not what it should be. `now`: monotonic seconds. */
  read(payload: Uint8Array, now: number): T | undefined {
    try {
      return parseJsonAs(this.#schema, payload, this.#leaf);
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      this.#warn(error.message, now);
      return undefined;
    }
  }

  #warn(reason: string, now: number): void {
    if (now - this.#warnedAt < QUIET_S) {
      this.#unsaid++;
      return;
    }
    this.#log.warn({ topic: this.#leaf, reason, unsaid: this.#unsaid }, "Message ignored");
    this.#warnedAt = now;
    this.#unsaid = 0;
  }
}
