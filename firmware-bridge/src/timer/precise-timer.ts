/** An instant into a call at that instant: a coarse timer, then a sleep of microseconds in the kernel, then a short spin. */

/** Node's timers are whole milliseconds and late under load: the rest is waited for, off the event loop. */
const COARSE_S = 0.003;
/** The kernel wakes a sleeper this late, at most, on an idle machine. */
const SPIN_S = 0.00025;

const cell = new Int32Array(new SharedArrayBuffer(4));

/** Blocks the thread until `at`; at most a few milliseconds, or not at all when `at` is past. */
function waitUntilSync(at: number, now: () => number): void {
  for (let left = at - now(); left > SPIN_S; left = at - now()) Atomics.wait(cell, 0, 0, (left - SPIN_S * 0.8) * 1000);
  while (now() < at);
}

export interface Wake {
  /** Monotonic seconds. */
  at: number;
  /** To the microsecond where possible (costs up to 3 ms of the event loop), or to the millisecond. */
  precise: boolean;
}

/** One wake-up at a time; a new one takes the place of the old. */
export class PreciseTimer {
  readonly #now: () => number;
  #timer: NodeJS.Timeout | undefined;

  /** `now`: monotonic seconds. */
  constructor(now: () => number) {
    this.#now = now;
  }

  set({ at, precise }: Wake, call: () => void): void {
    clearTimeout(this.#timer);
    const wait = at - this.#now() - (precise ? COARSE_S : 0);
    this.#timer = setTimeout(
      () => {
        if (precise && at - this.#now() > 2 * COARSE_S) return this.set({ at, precise }, call); // woken early
        if (precise) waitUntilSync(at, this.#now);
        call();
      },
      Math.max(0, Math.min(wait * 1000, 60_000)),
    );
  }

  clear(): void {
    clearTimeout(this.#timer);
  }
}
