/** Universes whose values a test sets, the frames that carry them, and a context to give to an output. */
import type { BeatPose, DmxSource, Output, OutputContext } from "../src/outputs/output.js";
import { scratchFolder } from "./scratch-folder.js";

export class DmxRig implements DmxSource {
  readonly universes: number[];
  readonly #values = new Map<number, Uint8Array>();

  constructor(universes: number[]) {
    this.universes = universes;
    for (const universe of universes) this.#values.set(universe, new Uint8Array(512));
  }

  set(universe: number, ...values: number[]): void {
    this.channels(universe).set(values);
  }

  render(): void {}
  beat(): void {}

  channels(universe: number): Uint8Array {
    return this.#values.get(universe) ?? new Uint8Array(512);
  }
}

export const monotonic = () => performance.now() / 1000;

export function contextWith(dmx: DmxSource, options: { stateDir?: string; name?: string } = {}): OutputContext {
  const { stateDir = scratchFolder("tactus-output-"), name = "rig" } = options;
  return { name, now: monotonic, log: { info: () => {}, warn: () => {} }, stateDir, dmx };
}

export function aPose(changes: Partial<BeatPose> = {}): BeatPose {
  return {
    at: monotonic(),
    beatPosition: 0,
    beatPhase: 0,
    barPhase: 0,
    beatsPerBar: 4,
    bar: 1,
    bpm: 120,
    confidence: 1,
    energy: { low: 0, mid: 0, high: 0 },
    mode: "following",
    level: 1,
    ...changes,
  };
}

/** Asks for frames as the scheduler does, until `stop`. */
export function playFrames(output: Output): { stop(): void } {
  const timer = setInterval(() => output.frame(aPose()), 1000 / output.frameRateHz);
  return { stop: () => clearInterval(timer) };
}
