/** The quick data of one device that is being watched: written by the feed, read by whoever draws a frame. */
import type { LiveEvent } from "@tactus/cloud";
import type { LevelsMessage } from "@tactus/shared";
import { BeatLine } from "./beat-line.js";
import { Trace } from "./trace.js";

export class Room {
  readonly beats = new BeatLine();
  /** Columns: beat and downbeat activation, both [0, 1]. */
  readonly activation = new Trace({ keptUs: 8_000_000, width: 2 });
  /** Columns: bpm and confidence. */
  readonly tempo = new Trace({ keptUs: 180_000_000, width: 2 });
  levels: { message: LevelsMessage; atUs: number } | undefined;

  take(event: LiveEvent): void {
    if (event.type === "beat") {
      this.beats.announce(event.data, event.skewUs);
    } else if (event.type === "grid") {
      this.beats.setGrid(event.data, event.skewUs);
      if (event.data.running) this.tempo.add(event.receivedAtUs, event.data.bpm, event.data.confidence);
    } else if (event.type === "levels") {
      this.levels = { message: event.data, atUs: event.receivedAtUs };
    } else if (event.type === "activation") {
      const { fromUs, fps, beat, downbeat } = event.data;
      beat.forEach((value, index) => {
        this.activation.add(fromUs + event.skewUs + (index * 1_000_000) / fps, value, downbeat[index] ?? 0);
      });
    }
  }
}
