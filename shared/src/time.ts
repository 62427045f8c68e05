/** Time as an argument: what a clock is, and the system's one. */

/** Microseconds since the Unix epoch. */
export type EpochUs = number;

export interface Clock {
  /** Monotonic seconds since an arbitrary start; never steps. */
  monotonic(): number;
  /** Epoch microseconds as the box knows them now; may step when the clock is set. */
  epochUs(): EpochUs;
}

export const systemClock: Clock = {
  monotonic: () => performance.now() / 1000,
  epochUs: () => Math.round((performance.timeOrigin + performance.now()) * 1000),
};
