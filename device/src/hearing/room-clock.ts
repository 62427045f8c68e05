/** Stream seconds <-> the epoch microseconds at which the sound was in the room. */
import type { Clock } from "@tactus/shared";
import type { EpochClock } from "./epoch-clock.js";
import type { StreamClock } from "./stream-clock.js";

export interface RoomClockParts {
  stream: StreamClock;
  epoch: EpochClock;
  clock: Clock;
  /** By how much the capture stamps are later than the sound was in the room. */
  captureOffsetMs: number;
}

export class RoomClock {
  readonly #parts: RoomClockParts;
  readonly #offset: number;

  constructor(parts: RoomClockParts) {
    this.#parts = parts;
    this.#offset = parts.captureOffsetMs / 1000;
  }

  /** False until the first block: nothing can be dated before. */
  get isSet(): boolean {
    return this.#parts.stream.isSet;
  }

  nowUs(): number {
    return this.#parts.epoch.epochUsAt(this.#parts.clock.monotonic());
  }

  epochUsOf(stream: number): number {
    return this.#parts.epoch.epochUsAt(this.#monotonicOf(stream));
  }

  /** Milliseconds from now until the room is at this stream time. */
  msUntil(stream: number): number {
    return (this.#monotonicOf(stream) - this.#parts.clock.monotonic()) * 1000;
  }

  /** Stream time of what is in the room now; the newest sound heard is a little older. */
  streamNow(): number {
    return this.#parts.stream.streamAt(this.#parts.clock.monotonic() + this.#offset);
  }

  streamOf(epochUs: number): number {
    return this.#parts.stream.streamAt(this.#parts.epoch.monotonicAt(epochUs) + this.#offset);
  }

  #monotonicOf(stream: number): number {
    return this.#parts.stream.monotonicAt(stream) - this.#offset;
  }
}
