/** One signal of many lamps into their changes up and down, and whether one more rise would be a flash too many. */

/** A rise this soon after the last peak is held back, s: fast repeats thin out evenly instead of coming in bursts. */
const REST_S = 0.3;
/** A fourth rise waits until this long after the first peak of the three before it, s (WCAG 2.3.1: any one-second period). */
const WINDOW_S = 1.001;

/**
 * Follows each lamp between its turning points: a turn counts when the signal has moved by `threshold` from the last extreme.
 *
 * Why no second holds more than three flashes: of four rises inside one second the first ends at or before a peak that lies in
 * that second, and the fourth comes at least WINDOW_S after that peak. So there are at most three rises, hence three pairs of
 * opposing changes. Realtime-safe: nothing is allocated after the constructor.
 */
export class FlashCounter {
  readonly #threshold: number;
  readonly #extreme: Float32Array;
  readonly #extremeAt: Float64Array;
  readonly #rising: Uint8Array;
  /** Times of the last three peaks of each lamp, newest first. */
  readonly #peaks: Float64Array;

  constructor({ lamps, threshold }: { lamps: number; threshold: number }) {
    this.#threshold = threshold;
    this.#extreme = new Float32Array(lamps);
    this.#extremeAt = new Float64Array(lamps).fill(Number.NEGATIVE_INFINITY);
    this.#rising = new Uint8Array(lamps);
    this.#peaks = new Float64Array(3 * lamps).fill(Number.NEGATIVE_INFINITY);
  }

  /** Would `value` be a rise that has to wait? */
  blocks(lamp: number, value: number, at: number): boolean {
    if (this.#rising[lamp] === 1 || value < (this.#extreme[lamp] as number) + this.#threshold) return false;
    return !this.mayRise(lamp, at);
  }

  mayRise(lamp: number, at: number): boolean {
    if (this.#rising[lamp] === 1) return true;
    const newest = this.#peaks[3 * lamp] as number;
    const third = this.#peaks[3 * lamp + 2] as number;
    return at - newest >= REST_S && at - third >= WINDOW_S;
  }

  /** The value below which it is no rise; infinite where it may rise. */
  ceiling(lamp: number, at: number): number {
    return this.mayRise(lamp, at) ? Number.POSITIVE_INFINITY : (this.#extreme[lamp] as number) + this.#threshold;
  }

  /** `value` is sent. */
  commit(lamp: number, value: number, at: number): void {
    const extreme = this.#extreme[lamp] as number;
    if (this.#rising[lamp] === 1) {
      if (value > extreme) this.#turn(lamp, value, at);
      else if (value <= extreme - this.#threshold) {
        this.#rising[lamp] = 0;
        this.#peaks.copyWithin(3 * lamp + 1, 3 * lamp, 3 * lamp + 2);
        this.#peaks[3 * lamp] = this.#extremeAt[lamp] as number;
        this.#turn(lamp, value, at);
      }
    } else if (value < extreme) this.#turn(lamp, value, at);
    else if (value >= extreme + this.#threshold) {
      this.#rising[lamp] = 1;
      this.#turn(lamp, value, at);
    }
  }

  #turn(lamp: number, value: number, at: number): void {
    this.#extreme[lamp] = value;
    this.#extremeAt[lamp] = at;
  }
}
