/** Sixteen bands, fifty times a second, into the three energies that announcements carry once a beat. Pure. */
import type { Energy } from "../outputs/output.js";

/** The bands of `levels` that make up low, mid and high: [from, to). */
const SHARES = { low: [0, 1], mid: [1, 9], high: [9, 16] } as const;
/** Hits of a drum stay visible, single frames do not flicker: seconds. */
const SMOOTH_S = 0.1;
/** Older ones are no longer true: seconds. */
const FRESH_S = 0.5;

export class LiveEnergy {
  #energy: Energy = { low: 0, mid: 0, high: 0 };
  #at = Number.NEGATIVE_INFINITY;

  /** `bands` in [0, 1], low to high; `now` in monotonic seconds. */
  hear(bands: readonly number[], now: number): void {
    const keep = Math.exp(-Math.max(0, now - this.#at) / SMOOTH_S);
    const next = (part: keyof Energy) => mixed(this.#energy[part], meanPower(bands, SHARES[part]), keep);
    this.#energy = { low: next("low"), mid: next("mid"), high: next("high") };
    this.#at = now;
  }

  /** Undefined when none came lately. */
  at(now: number): Energy | undefined {
    return now - this.#at < FRESH_S ? this.#energy : undefined;
  }
}

const mixed = (before: number, now: number, keep: number): number => now + (before - now) * keep;

/** Bands are square roots of what energies are. */
function meanPower(bands: readonly number[], [from, to]: readonly [number, number]): number {
  const part = bands.slice(from, to);
  return part.reduce((sum, band) => sum + band * band, 0) / Math.max(1, part.length);
}
