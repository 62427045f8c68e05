/** Mono samples into the share of mains hum, 50 or 60 Hz and its harmonics, once per second. Pure. */

export interface HumReading {
  hz: 50 | 60;
  /** Nearly all of what is heard is this hum. */
  dominates: boolean;
  /** It is a small part of what is heard. */
  isWeak: boolean;
}

/** Enough for the third harmonic, little enough to cost nothing. */
const LOW_RATE_HZ = 1000;
const SHARE = { dominates: 0.5, weak: 0.3 };
/**
 * A bass or a kick drum may sit on 50 Hz too, but comes and goes, which spreads it over the neighbours. Hum is one line:
 * two and three hertz beside it there is less than a tenth.
 */
const NEIGHBOUR_SHARE = 0.1;
const NEIGHBOURS_HZ = [-3, -2, 2, 3];

/** push() is realtime-safe and costs two additions and a multiplication per sample; take() once per second. */
export class HumDetector {
  private readonly ratio: number;
  private readonly window = new Float64Array(LOW_RATE_HZ);
  private filled = 0;
  private sum = 0;
  private summed = 0;
  private sumOfAll = 0;
  private squares = 0;
  private seen = 0;

  constructor(sampleRateHz: number) {
    this.ratio = sampleRateHz / LOW_RATE_HZ;
  }

  push(value: number): void {
    this.sumOfAll += value;
    this.squares += value * value;
    this.seen++;
    // Means of a millisecond: crude, but the mains lines are far below where that matters.
    this.sum += value;
    this.summed++;
    if (this.seen < (this.filled + 1) * this.ratio || this.filled === LOW_RATE_HZ) return;
    this.window[this.filled++] = this.sum / this.summed;
    this.sum = 0;
    this.summed = 0;
  }

  /** Judge what came since the last call, about a second of samples, and begin anew. */
  take(): HumReading {
    const mean = this.sumOfAll / Math.max(1, this.seen);
    const power = Math.max(1e-20, this.squares / Math.max(1, this.seen) - mean * mean);
    const [fifty, sixty] = [this.shareOf(50, power), this.shareOf(60, power)];
    const share = Math.max(fifty, sixty);
    this.filled = this.sum = this.summed = this.sumOfAll = this.squares = this.seen = 0;
    return { hz: fifty >= sixty ? 50 : 60, dominates: share > SHARE.dominates, isWeak: share < SHARE.weak };
  }

  private shareOf(hz: number, power: number): number {
    const beside = Math.max(...NEIGHBOURS_HZ.map((offset) => this.linePower(hz + offset)));
    const lines = [1, 2, 3].map((harmonic) => this.linePower(harmonic * hz));
    const strongest = Math.max(...lines);
    return beside > NEIGHBOUR_SHARE * strongest ? 0 : lines.reduce((total, line) => total + line, 0) / power;
  }

  /** Goertzel: power of one frequency in the window. */
  private linePower(hz: number): number {
    const coefficient = 2 * Math.cos((2 * Math.PI * hz) / LOW_RATE_HZ);
    let previous = 0;
    let before = 0;
    for (let i = 0; i < this.filled; i++) {
      const next = (this.window[i] as number) + coefficient * previous - before;
      before = previous;
      previous = next;
    }
    const squared = previous * previous + before * before - coefficient * previous * before;
    return (2 * squared) / Math.max(1, this.filled) ** 2;
  }
}
