/** An output that keeps what it is given: for tests, and for `tactus bridge` without any light. */
import { z } from "zod";
import type { BeatCue, BeatPose, Output, OutputHealth, OutputMode } from "../output.js";

const KEPT = 10_000;

export const MemoryConfig = z.strictObject({
  type: z.literal("memory"),
  /** Frames a second; 0 = beats only. */
  frameRateHz: z.number().min(0).max(100).default(0),
  /** How long before its time a cue is handed over, milliseconds. */
  leadMs: z.number().min(0).max(1000).default(0),
});
export type MemoryConfig = z.infer<typeof MemoryConfig>;

export class MemoryOutput implements Output {
  readonly frameRateHz: number;
  readonly leadS: number;
  readonly cues: { cue: BeatCue; at: number }[] = [];
  readonly poses: { pose: BeatPose; at: number }[] = [];
  readonly modes: OutputMode[] = [];
  readonly #now: () => number;
  #sent = 0;
  #isOpen = false;

  constructor(config: MemoryConfig, { now }: { now: () => number }) {
    this.frameRateHz = config.frameRateHz;
    this.leadS = config.leadMs / 1000;
    this.#now = now;
  }

  async start(): Promise<void> {
    this.#isOpen = true;
  }

  async stop(): Promise<void> {
    this.#isOpen = false;
  }

  beat(cue: BeatCue): void {
    if (!this.#isOpen) return;
    this.#sent++;
    keep(this.cues, { cue, at: this.#now() });
  }

  frame(pose: BeatPose): void {
    if (!this.#isOpen) return;
    this.#sent++;
    keep(this.poses, { pose, at: this.#now() });
  }

  mode(mode: OutputMode): void {
    keep(this.modes, mode);
  }

  health(): OutputHealth {
    return { receiving: "receiving", peer: "memory", sent: this.#sent, errors: 0, lastError: "" };
  }
}

function keep<T>(list: T[], item: T): void {
  list.push(item);
  if (list.length > KEPT) list.shift();
}

export function createMemoryOutput(config: MemoryConfig, context: { now: () => number }): MemoryOutput {
  return new MemoryOutput(config, context);
}
