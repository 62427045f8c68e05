/** Requests of the cloud into one answer: does somebody look at this device now? */
import { type Clock, InputError, parseJsonAs, WatchMessage } from "@tactus/shared";
import type { Logger } from "pino";

export interface LiveWatchParts {
  clock: Clock;
  log: Logger;
  /** Somebody began to look, or nobody looks any more. */
  onChange: (isWatched: boolean) => void;
}

export class LiveWatch {
  readonly #parts: LiveWatchParts;
  #until = Number.NEGATIVE_INFINITY;
  #timer: NodeJS.Timeout | undefined;
  #isWatched = false;

  constructor(parts: LiveWatchParts) {
    this.#parts = parts;
  }

  get isWatched(): boolean {
    return this.#isWatched;
  }

  /** A request that cannot be read is logged and changes nothing. */
  hear(payload: Buffer): void {
    const { clock, log } = this.#parts;
    try {
      const { forS } = parseJsonAs(WatchMessage, payload, "watch");
      this.#until = Math.max(this.#until, clock.monotonic() + forS);
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      log.warn({ reason: error.message }, "Message ignored");
      return;
    }
    this.#judge();
  }

  /** The cloud is gone, and with it who looked. */
  stop(): void {
    this.#until = Number.NEGATIVE_INFINITY;
    this.#judge();
  }

  #judge(): void {
    clearTimeout(this.#timer);
    const left = this.#until - this.#parts.clock.monotonic();
    if (left > 0) this.#timer = setTimeout(() => this.#judge(), left * 1000 + 1);
    if (left > 0 === this.#isWatched) return;
    this.#isWatched = left > 0;
    this.#parts.onChange(this.#isWatched);
  }
}
