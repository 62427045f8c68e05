/** What the model makes of each hop into `activation` messages, ten a second, while somebody reads them. */
import type { ActivationMessage } from "@tactus/shared";
import type { Step } from "../../pipeline.js";
import type { RoomClock } from "../room-clock.js";
import type { Outlet } from "./outlet.js";

const FPS = 50;
/** Five or a few more: whole steps of the model. */
const FRAMES_PER_MESSAGE = 5;

export interface ActivationPublisherParts {
  outlet: Outlet;
  room: RoomClock;
}

export class ActivationPublisher {
  readonly #parts: ActivationPublisherParts;
  #from = 0;
  #beat: number[] = [];
  #downbeat: number[] = [];

  constructor(parts: ActivationPublisherParts) {
    this.#parts = parts;
  }

  /** Realtime-safe: allocates only when somebody reads, does not wait. */
  publish({ from, activations }: Pick<Step, "from" | "activations">): void {
    const { outlet, room } = this.#parts;
    if (!outlet.isRead("activation")) return;
    if (this.#beat.length === 0) this.#from = from;
    for (const { beat, downbeat } of activations) {
      this.#beat.push(probability(beat));
      this.#downbeat.push(probability(downbeat));
    }
    if (this.#beat.length < FRAMES_PER_MESSAGE) return;
    const message: ActivationMessage = {
      v: 1,
      fromUs: room.epochUsOf(this.#from),
      fps: FPS,
      beat: this.#beat,
      downbeat: this.#downbeat,
    };
    this.#beat = [];
    this.#downbeat = [];
    outlet.publish("activation", message);
  }
}

const probability = (value: number): number => Math.min(1, Math.max(0, Math.round(value * 1000) / 1000));
