/** SampleBlocks of the source into the pipeline, and their stamps into the stream clock. */
import type { Clock } from "@tactus/shared";
import type { SampleBlock } from "../capture/audio-source.js";
import type { BeatPipeline } from "../pipeline.js";
import type { ConditionWatch } from "./condition-watch.js";
import type { LatencyMeter } from "./latency-meter.js";
import type { Loudness } from "./loudness.js";
import type { StreamClock } from "./stream-clock.js";

const SAMPLE_RATE_HZ = 22_050;
const HOP_SAMPLES = 441;
/** A block that is not heard within this time never will be: seconds. */
const STUCK_S = 5;

export interface AudioFeedParts {
  pipeline: Pick<BeatPipeline, "push" | "skip">;
  /** Any block into mono samples at 22 050 Hz; the result may be reused by the next call. */
  toMono: (block: SampleBlock) => Float32Array;
  stream: StreamClock;
  clock: Clock;
  meter: LatencyMeter;
  loudness: Loudness;
  conditions: ConditionWatch;
}

export class AudioFeed {
  readonly #parts: AudioFeedParts;
  /** Seconds of the stream so far, lost sound included. */
  #streamTime = 0;
  #busySince = Number.POSITIVE_INFINITY;
  #xruns = 0;

  constructor(parts: AudioFeedParts) {
    this.#parts = parts;
  }

  /** Gaps the source told of. */
  get xruns(): number {
    return this.#xruns;
  }

  /** Resolves when the block has been heard; calls must not overlap. The only wait is at the model. */
  async accept(block: SampleBlock): Promise<void> {
    const { pipeline, toMono, stream, clock, meter, loudness, conditions } = this.#parts;
    const seconds = block.samples.length / block.audioChannels / block.sampleRateHz;
    this.#busySince = clock.monotonic();
    meter.capture((this.#busySince - block.capturedAt - seconds) * 1000);
    if (block.lostSamples > 0) await this.#bridge(block);
    stream.observe(this.#streamTime, block.capturedAt);
    this.#streamTime += seconds;
    const mono = toMono(block);
    loudness.block(mono);
    conditions.block(block.samples, mono);
    await pipeline.push(mono);
    this.#busySince = Number.POSITIVE_INFINITY;
  }

  isStuck(): boolean {
    return this.#parts.clock.monotonic() - this.#busySince > STUCK_S;
  }

  /** The pipeline skips whole hops only; the rest of a gap is silence. */
  async #bridge({ lostSamples, sampleRateHz }: SampleBlock): Promise<void> {
    const { pipeline, conditions } = this.#parts;
    this.#xruns++;
    conditions.xrun();
    this.#streamTime += lostSamples / sampleRateHz;
    const missing = Math.round((lostSamples * SAMPLE_RATE_HZ) / sampleRateHz);
    const rest = missing % HOP_SAMPLES;
    if (missing > rest) pipeline.skip(missing - rest);
    if (rest > 0) await pipeline.push(new Float32Array(rest));
  }
}
