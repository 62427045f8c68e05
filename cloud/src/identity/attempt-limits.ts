/** Attempts from everywhere into admitted or not: so many a minute from one address, so many from all of them. */

const WINDOW_US = 60_000_000;
/** Addresses remembered at once. */
const MAX_ADDRESSES = 10_000;

export interface AttemptLimitsOptions {
  perAddress: number;
  overall: number;
}

export class AttemptLimits {
  readonly #options: AttemptLimitsOptions;
  readonly #byAddress = new Map<string, number>();
  #overall = 0;
  #since = Number.NEGATIVE_INFINITY;

  constructor(options: AttemptLimitsOptions) {
    this.#options = options;
  }

  /** `nowUs`: any clock in microseconds. A refused attempt counts, too, for its address only. */
  admit(address: string, nowUs: number): boolean {
    if (nowUs - this.#since >= WINDOW_US || nowUs < this.#since) this.#begin(nowUs);
    const count = (this.#byAddress.get(address) ?? 0) + 1;
    if (this.#byAddress.size < MAX_ADDRESSES || count > 1) this.#byAddress.set(address, count);
    if (count > this.#options.perAddress || this.#overall >= this.#options.overall) return false;
    this.#overall++;
    return true;
  }

  #begin(nowUs: number): void {
    this.#since = nowUs;
    this.#overall = 0;
    this.#byAddress.clear();
  }
}
