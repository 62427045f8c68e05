/** Monotonic seconds <-> epoch microseconds, from readings of a wall clock that may be set at any time. Pure. */

/** The wall clock was set, not slewed, when it is off by more than this: microseconds. */
const STEP_BEYOND_US = 50_000;
/** Microseconds per second. */
const SLEW_US = 500;
/** The wall clock is cut to whole milliseconds; the latest of many readings in a window is nearest to the truth. */
const WINDOW_S = 2;
const TICK_US = 1000;
/** After a step the stamps are called doubtful for this long: seconds. */
const DOUBT_S = 60;

export class EpochClock {
  /** The wall clock before this is surely wrong (a box without a battery): epoch milliseconds. */
  readonly #floorMs: number;
  #offsetUs = Number.NaN;
  #candidateUs = Number.NEGATIVE_INFINITY;
  #windowFrom = 0;
  #suspect = false;
  #steppedAt = Number.NEGATIVE_INFINITY;
  #belowFloor = false;

  constructor(options: { floorMs: number }) {
    this.#floorMs = options.floorMs;
  }

  /** Both clocks read at the same instant. Returns true when the wall clock was set meanwhile. */
  observe(monotonic: number, epochMs: number): boolean {
    const reading = epochMs * 1000 - monotonic * 1e6;
    this.#belowFloor = epochMs < this.#floorMs;
    if (Number.isNaN(this.#offsetUs)) {
      this.#restart(monotonic, reading + TICK_US / 2);
      return false;
    }
    if (Math.abs(reading - this.#offsetUs) > STEP_BEYOND_US) return this.#suspectStep(monotonic, reading);
    this.#suspect = false;
    this.#candidateUs = Math.max(this.#candidateUs, reading);
    if (monotonic - this.#windowFrom >= WINDOW_S) this.#closeWindow(monotonic);
    return false;
  }

  epochUsAt(monotonic: number): number {
    return Math.round(monotonic * 1e6 + this.#offsetUs);
  }

  monotonicAt(epochUs: number): number {
    return (epochUs - this.#offsetUs) / 1e6;
  }

  /** False while the wall clock is known to be wrong or was set a moment ago. */
  isTrusted(monotonic: number): boolean {
    return !this.#belowFloor && monotonic - this.#steppedAt > DOUBT_S;
  }

  /** One odd reading may be a pause between the two clocks; two in a row are a step. */
  #suspectStep(monotonic: number, reading: number): boolean {
    if (!this.#suspect) {
      this.#suspect = true;
      return false;
    }
    this.#steppedAt = monotonic;
    this.#restart(monotonic, reading + TICK_US / 2);
    return true;
  }

  #restart(monotonic: number, offsetUs: number): void {
    this.#offsetUs = offsetUs;
    this.#suspect = false;
    this.#openWindow(monotonic);
  }

  #openWindow(monotonic: number): void {
    this.#windowFrom = monotonic;
    this.#candidateUs = Number.NEGATIVE_INFINITY;
  }

  #closeWindow(monotonic: number): void {
    const most = SLEW_US * (monotonic - this.#windowFrom);
    this.#offsetUs += Math.max(-most, Math.min(most, this.#candidateUs - this.#offsetUs));
    this.#openWindow(monotonic);
  }
}
