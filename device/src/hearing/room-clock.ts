/** Stream seconds <-> the epoch microseconds at which the sound was in the room. */
import type { Clock } from "@tactus/shared";
import type { EpochClock } from "./epoch-clock.js";
import type { StreamClock } from "./stream-clock.js";

export interface RoomClockParts {
  stream: StreamClock;
  epoch: EpochClock;
  clock: Clock;
}

export class RoomClock {
  readonly #parts: RoomClockParts;

  constructor(parts: RoomClockParts) {
    this.#parts = parts;
  }

  /** False until the first block: nothing can be dated before. */
  get isSet(): boolean {
    return this.#parts.stream.isSet;
  }

  nowUs(): number {
    return this.#parts.epoch.epochUsAt(this.#parts.clock.monotonic());
  }

  epochUsOf(stream: number): number {
    return this.#parts.epoch.epochUsAt(this.#parts.stream.monotonicAt(stream));
  }

  /** Milliseconds from now until the room is at this stream time. */
  msUntil(stream: number): number {
    return (this.#parts.stream.monotonicAt(stream) - this.#parts.clock.monotonic()) * 1000;
  }

  /** Stream time of what is in the room now; the newest sound heard is a little older. */
  streamNow(): number {
    return this.#parts.stream.streamAt(this.#parts.clock.monotonic());
  }

  streamOf(epochUs: number): number {
    return this.#parts.stream.streamAt(this.#parts.epoch.monotonicAt(epochUs));
  }
}
