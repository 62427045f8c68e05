/** Readings of a far clock beside ours into a line that converts one to the other at any time. */

/** One reading: at `local` seconds of our clock the far clock stood `offset` seconds ahead, give or take `halfWidth`. */
export interface ClockReading {
  local: number;
  offset: number;
  /** Half of the time in which the reading must have been taken, seconds. */
  halfWidth: number;
}

const KEPT = 32;
/** Clocks of one machine: CLOCK_MONOTONIC is slewed by NTP at up to 500 parts in a million. */
const MAX_DRIFT = 1e-3;
/** No drift from readings nearer together than this, seconds: their noise would be taken for one. */
const MIN_SPAN_S = 4;

/**
 * Offset and drift by least squares over the better half (the narrowest) of the last 32 readings.
 * One reading is enough to begin with; drift is believed once readings span four seconds.
 */
export class ClockFit {
  #readings: ClockReading[] = [];
  #at = 0;
  #offset = 0;
  #drift = 0;

  add(reading: ClockReading): void {
    if (![reading.local, reading.offset, reading.halfWidth].every(Number.isFinite)) return;
    this.#readings = [...this.#readings.slice(1 - KEPT), reading];
    this.#refit();
  }

  /** A new far clock: nothing known any more. */
  reset(): void {
    this.#readings = [];
    this.#drift = 0;
  }

  get known(): boolean {
    return this.#readings.length > 0;
  }

  /** Our seconds -> the far clock's seconds. */
  toFar(local: number): number {
    return local + this.#offset + this.#drift * (local - this.#at);
  }

  #refit(): void {
    const sorted = [...this.#readings].sort((a, b) => a.halfWidth - b.halfWidth);
    const best = sorted.slice(0, Math.max(1, Math.ceil(sorted.length / 2)));
    const mean = (of: (reading: ClockReading) => number) => best.reduce((sum, one) => sum + of(one), 0) / best.length;
    this.#at = mean((one) => one.local);
    this.#offset = mean((one) => one.offset);
    const spread = best.reduce((sum, one) => sum + (one.local - this.#at) ** 2, 0);
    const locals = best.map((one) => one.local);
    if (Math.max(...locals) - Math.min(...locals) < MIN_SPAN_S) {
      this.#drift = 0;
      return;
    }
    const slope = best.reduce((sum, one) => sum + (one.local - this.#at) * (one.offset - this.#offset), 0) / spread;
    this.#drift = Math.min(MAX_DRIFT, Math.max(-MAX_DRIFT, slope));
  }
}
