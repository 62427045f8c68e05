/** The quick data of one device that is being watched: written by the feed, read by whoever draws a frame. */
import type { LiveEvent } from "@tactus/cloud";
import type { LevelsMessage, OutputRig } from "@tactus/shared";
import { BeatLine } from "./beat-line.js";
import { type DmxFrame, frameOf } from "./rig/dmx-frame.js";
import { Trace } from "./trace.js";

/** Names of outputs are the device's own: more than this at once is a fault of the device. */
const MAX_OUTPUTS = 64;

export class Room {
  readonly beats = new BeatLine();
  /** Columns: beat and downbeat activation, both [0, 1]. */
  readonly activation = new Trace({ keptUs: 8_000_000, width: 2 });
  /** Columns: bpm and confidence. */
  readonly tempo = new Trace({ keptUs: 180_000_000, width: 2 });
  levels: { message: LevelsMessage; atUs: number } | undefined;
  /** By output: its lamps, and the newest bytes. */
  readonly rigs = new Map<string, OutputRig>();
  readonly frames = new Map<string, DmxFrame>();

  take(event: LiveEvent): void {
    if (event.type === "beat") {
      this.beats.announce(event.data, event.skewUs);
    } else if (event.type === "grid") {
      this.beats.setGrid(event.data, event.skewUs);
      if (event.data.running) this.tempo.add(event.receivedAtUs, event.data.bpm, event.data.confidence);
    } else if (event.type === "levels") {
      this.levels = { message: event.data, atUs: event.receivedAtUs };
    } else if (event.type === "output/dmx") {
      const before = this.frames.get(event.data.name);
      if (before ? before.sentAtUs <= event.data.sentAtUs : this.frames.size < MAX_OUTPUTS)
        this.frames.set(event.data.name, frameOf(event.data, event.receivedAtUs));
    } else if (event.type === "output/rig") {
      this.#learn(event.data);
    } else if (event.type === "activation") {
      const { fromUs, fps, beat, downbeat } = event.data;
      beat.forEach((value, index) => {
        this.activation.add(fromUs + event.skewUs + (index * 1_000_000) / fps, value, downbeat[index] ?? 0);
      });
    }
  }

  /** Another page's question brings the same answer to everybody: only news is news. */
  #learn(rig: OutputRig & { name: string }): void {
    const known = this.rigs.get(rig.name);
    if (known ? known.id !== rig.id : this.rigs.size < MAX_OUTPUTS) this.rigs.set(rig.name, rig);
  }
}
