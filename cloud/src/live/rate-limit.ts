/** Calls into admitted or not: a bucket that holds one second's worth. */

export class RateLimit {
  readonly #perSecond: number;
  #tokens: number;
  #lastUs = 0;

  constructor(options: { perSecond: number }) {
    this.#perSecond = options.perSecond;
    this.#tokens = options.perSecond;
  }

  /** `nowUs`: any clock in microseconds that does not go back. */
  admit(nowUs: number): boolean {
    const gained = ((nowUs - this.#lastUs) / 1_000_000) * this.#perSecond;
    this.#tokens = Math.min(this.#perSecond, this.#tokens + Math.max(0, gained));
    this.#lastUs = nowUs;
    if (this.#tokens < 1) return false;
    this.#tokens -= 1;
    return true;
  }
}
