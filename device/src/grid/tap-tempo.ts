/** Taps into tempo and phase, tolerant of missed taps. Pure. */

/** A longer pause begins a new series, seconds. */
const PAUSE_S = 3;
const MAX_TAPS = 16;
/** Taps needed before tempo and phase are believed. */
const NEEDED = 3;

export interface TappedBeat {
  /** Stream seconds of the latest beat on the fitted line. */
  anchor: number;
  /** Seconds per beat. */
  period: number;
}

export class TapTempo {
  private taps: number[] = [];

  /** A tap at stream time `at` -> the fitted beat once there are enough taps. Taps may arrive out of order. */
  tap(at: number): TappedBeat | undefined {
    const last = this.taps.at(-1);
    if (last !== undefined && Math.abs(at - last) > PAUSE_S) this.taps = [];
    if (this.taps.some((tap) => Math.abs(tap - at) < 0.12)) return this.fit();
    this.taps = [...this.taps, at].sort((a, b) => a - b).slice(-MAX_TAPS);
    return this.fit();
  }

  reset(): void {
    this.taps = [];
  }

  /** Least squares of tap time on beat number, where a gap of about k periods counts as k beats. */
  private fit(): TappedBeat | undefined {
    const { taps } = this;
    if (taps.length < NEEDED) return undefined;
    const gaps = taps.slice(1).map((tap, i) => tap - (taps[i] as number));
    const shortest = [...gaps].sort((a, b) => a - b)[Math.floor((gaps.length - 1) / 3)] as number;
    const numbers = [0];
    for (const gap of gaps) numbers.push((numbers.at(-1) as number) + Math.max(1, Math.round(gap / shortest)));
    const meanN = numbers.reduce((a, b) => a + b, 0) / numbers.length;
    const meanT = taps.reduce((a, b) => a + b, 0) / taps.length;
    let above = 0;
    let below = 0;
    for (let i = 0; i < taps.length; i++) {
      above += ((numbers[i] as number) - meanN) * ((taps[i] as number) - meanT);
      below += ((numbers[i] as number) - meanN) ** 2;
    }
    const period = above / below;
    if (!(period >= 0.15 && period <= 3)) return undefined;
    return { anchor: meanT + period * ((numbers.at(-1) as number) - meanN), period };
  }
}
