/** A DMX source that knows whether its output renders it: many protocols carry beats only. */
import type { BeatCue, BeatPose, DmxSource } from "./outputs/output.js";

export class WatchedDmx implements DmxSource {
  readonly #source: DmxSource;
  #isRendered = false;

  constructor(source: DmxSource) {
    this.#source = source;
  }

  /** True from the first frame on. */
  get isRendered(): boolean {
    return this.#isRendered;
  }

  get universes(): readonly number[] {
    return this.#source.universes;
  }

  render(pose: BeatPose): void {
    this.#isRendered = true;
    this.#source.render(pose);
  }

  beat(cue: BeatCue): void {
    this.#source.beat(cue);
  }

  channels(universe: number): Uint8Array {
    return this.#source.channels(universe);
  }
}
