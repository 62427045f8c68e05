/** How far from its time each cue was handed over, into quantiles of the newest ones. Pure. */

const KEPT = 256;

export class FiringJitter {
  readonly #errors = new Float64Array(KEPT);
  #count = 0;

  /** Seconds, of either sign. */
  add(error: number): void {
    this.#errors[this.#count++ % KEPT] = Math.abs(error);
  }

  /** Milliseconds; 0 before the first cue. `share` in [0, 1]. */
  quantileMs(share: number): number {
    const sorted = this.#errors.slice(0, Math.min(this.#count, KEPT)).sort();
    return (sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0) * 1000;
  }
}
