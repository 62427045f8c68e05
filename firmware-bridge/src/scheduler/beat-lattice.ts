/** One known beat and a period into every beat before and after it: what is expected where nothing was announced. Pure. */
import { beatAfter } from "@tactus/shared";

export interface Lattice {
  /** A beat, monotonic seconds. */
  at: number;
  /** Seconds per beat, > 0. */
  period: number;
  /** 1 = downbeat, 0 = unknown. */
  beatInBar: number;
  beatsPerBar: number;
  bar: number;
}

/** Two beats nearer than this share of a period are the same beat. */
export const SAME_BEAT = 0.5;

/** The first beat of the lattice at or after `time`. */
export function firstFrom(lattice: Lattice, time: number): Lattice {
  // A beat that is there up to rounding is there.
  return stepped(lattice, Math.ceil((time - lattice.at) / lattice.period - 1e-9));
}

/** The beat `steps` after the known one; negative is before. */
export function stepped(lattice: Lattice, steps: number): Lattice {
  const { at, period, beatInBar, beatsPerBar, bar } = lattice;
  const bars = Math.floor((Math.max(1, beatInBar) - 1 + steps) / beatsPerBar);
  return {
    at: at + steps * period,
    period,
    beatInBar: beatAfter(beatInBar, beatsPerBar, steps),
    beatsPerBar,
    bar: Math.max(0, bar + bars),
  };
}
