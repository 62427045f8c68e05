/** Loudness and bands of each step into `levels` messages, 25 a second, while somebody reads them. */
import type { LevelsMessage } from "@tactus/shared";
import type { BandLevels } from "../band-levels.js";
import type { Loudness } from "../loudness.js";
import type { RoomClock } from "../room-clock.js";
import type { Outlet } from "./outlet.js";

export interface LevelsPublisherParts {
  outlet: Outlet;
  room: RoomClock;
  levels: BandLevels;
  loudness: Loudness;
}

export class LevelsPublisher {
  readonly #parts: LevelsPublisherParts;

  constructor(parts: LevelsPublisherParts) {
    this.#parts = parts;
  }

  /** After each step. Realtime-safe: allocates one message when somebody reads, does not wait. */
  publish(): void {
    const { outlet, room, levels, loudness } = this.#parts;
    if (!outlet.isRead("levels")) return;
    const message: LevelsMessage = {
      v: 1,
      sentAtUs: room.nowUs(),
      rmsDb: round(loudness.rmsDb, 10),
      peakDb: round(loudness.peakDb, 10),
      bands: Array.from(levels.bands, (band) => round(band, 1000)),
    };
    outlet.publish("levels", message);
  }
}

const round = (value: number, perUnit: number): number => Math.round(value * perUnit) / perUnit;
