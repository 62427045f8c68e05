/** Grid events into `beat` messages, dated and with the energy of the room. */
import type { BeatPrediction } from "@tactus/shared";
import type { GridEvent } from "../../grid/grid-event.js";
import type { BandLevels } from "../band-levels.js";
import type { RoomClock } from "../room-clock.js";
import type { Outlet } from "./outlet.js";

export interface BeatPublisherParts {
  outlet: Outlet;
  room: RoomClock;
  levels: BandLevels;
}

export class BeatPublisher {
  readonly #parts: BeatPublisherParts;

  constructor(parts: BeatPublisherParts) {
    this.#parts = parts;
  }

  /** Realtime-safe: allocates one message, does not wait. */
  publish(event: GridEvent): void {
    const { outlet, room, levels } = this.#parts;
    const message: BeatPrediction = {
      v: 1,
      beatId: event.beatId,
      rev: event.rev,
      state: event.state,
      dueAtUs: room.epochUsOf(event.time),
      dueInMs: round(room.msUntil(event.time), 10),
      beatInBar: event.beatInBar,
      beatsPerBar: event.beatsPerBar,
      bar: event.bar,
      bpm: round(event.bpm, 100),
      confidence: round(event.confidence, 1000),
      uncertaintyMs: round(event.uncertaintyMs, 10),
      source: event.source,
      energy: levels.energy(),
    };
    outlet.publish("beat", message);
  }
}

const round = (value: number, perUnit: number): number => Math.round(value * perUnit) / perUnit;
