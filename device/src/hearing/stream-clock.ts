/** Stream seconds <-> monotonic seconds: a line fitted slowly to the stamps of the blocks. Pure. */

/** A stamp further off than this is a new stream, not jitter: seconds. */
const REANCHOR_BEYOND = 0.2;
/** The fit is quick for this long and then never moves faster than MAX_SLEW: stream seconds. */
const SETTLING = 3;
/** Seconds per second. */
const MAX_SLEW = 0.002;
/** Sound cards are within 100 ppm; a file at the pace of a timer is worse. */
const MAX_DRIFT = 0.0005;
const LONGEST_TIME_CONSTANT = 8;

/** Realtime-safe: no allocation, no waiting. Seconds everywhere. */
export class StreamClock {
  #stream = 0;
  #monotonic = 0;
  #rate = 1;
  #anchoredAt = Number.NaN;
  #reanchored = 0;

  /** How often the line had to start anew after the first stamp. */
  get reanchored(): number {
    return this.#reanchored;
  }

  get isSet(): boolean {
    return !Number.isNaN(this.#anchoredAt);
  }

  /** Sound at `stream` seconds was in the room at `capturedAt` monotonic seconds. Stream time must not go back. */
  observe(stream: number, capturedAt: number): void {
    const error = capturedAt - this.monotonicAt(stream);
    if (!this.isSet || Math.abs(error) > REANCHOR_BEYOND) this.#anchor(stream, capturedAt);
    else this.#track(stream, error);
  }

  /** All stamps lie this much later than was thought: the line moves with them, seconds. */
  shift(seconds: number): void {
    this.#monotonic += seconds;
  }

  monotonicAt(stream: number): number {
    return this.#monotonic + (stream - this.#stream) * this.#rate;
  }

  streamAt(monotonic: number): number {
    return this.#stream + (monotonic - this.#monotonic) / this.#rate;
  }

  #anchor(stream: number, capturedAt: number): void {
    if (this.isSet) this.#reanchored++;
    this.#stream = stream;
    this.#monotonic = capturedAt;
    this.#rate = 1;
    this.#anchoredAt = stream;
  }

  /** A critically damped second-order loop whose time constant grows from 0.5 s to 8 s. */
  #track(stream: number, error: number): void {
    const step = stream - this.#stream;
    if (step <= 0) return;
    const age = stream - this.#anchoredAt;
    const timeConstant = Math.min(LONGEST_TIME_CONSTANT, 0.5 + age / 2);
    const wanted = error * Math.min(1, step / timeConstant);
    const limit = age < SETTLING ? Number.POSITIVE_INFINITY : MAX_SLEW * step;
    const predicted = this.monotonicAt(stream);
    this.#monotonic = predicted + clamp(wanted, limit);
    this.#stream = stream;
    const drift = this.#rate - 1 + (error * step) / (4 * timeConstant * timeConstant);
    this.#rate = 1 + clamp(drift, MAX_DRIFT);
  }
}

const clamp = (value: number, limit: number): number => Math.max(-limit, Math.min(limit, value));
