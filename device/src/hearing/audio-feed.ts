/** SampleBlocks of the source into the pipeline, and their stamps into the stream clock. */
import type { Clock } from "@tactus/shared";
import type { SampleBlock } from "../capture/audio-source.js";
import type { BeatPipeline } from "../pipeline.js";
import type { CaptureOffset } from "./capture-offset.js";
import type { ConditionWatch, SignalWatch } from "./condition-watch.js";
import type { LatencyMeter } from "./latency-meter.js";
import type { Loudness } from "./loudness.js";
import type { StreamClock } from "./stream-clock.js";

const HOP_SAMPLES = 441;
/** A block that is not heard within this time never will be: seconds. */
const STUCK_S = 5;

/** Blocks of one format into mono samples at 22 050 Hz. */
export interface MonoResampler {
  /** The result is valid until the next call. */
  push(samples: Float32Array): Float32Array;
  /** Sample frames are lost here; returns how many samples at 22 050 Hz are missing for it. */
  skip(lostSamples: number): number;
}
/** What a stream needs in one format. */
export type OpenFormat = (format: { sampleRateHz: number; audioChannels: number }) => {
  resampler: MonoResampler;
  signal: SignalWatch;
};

export interface AudioFeedParts {
  pipeline: Pick<BeatPipeline, "push" | "skip">;
  openFormat: OpenFormat;
  stream: StreamClock;
  /** Added to every capture time. */
  offset: CaptureOffset;
  clock: Clock;
  meter: LatencyMeter;
  /** Are there beats that must not jump? */
  isPlaying(): boolean;
  loudness: Loudness;
  conditions: ConditionWatch;
}

export class AudioFeed {
  readonly #parts: AudioFeedParts;
  /** Seconds of the stream so far, lost sound included. */
  #streamTime = 0;
  #resampler: MonoResampler | undefined;
  #format = "";
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
    const { pipeline, stream, offset, clock, meter, isPlaying, loudness, conditions } = this.#parts;
    const seconds = block.samples.length / block.audioChannels / block.sampleRateHz;
    this.#busySince = clock.monotonic();
    stream.shift(offset.advance(seconds, !isPlaying()));
    const capturedAt = block.capturedAt + offset.now;
    meter.capture((this.#busySince - capturedAt - seconds) * 1000);
    const resampler = this.#resamplerFor(block);
    if (block.lostSamples > 0) await this.#bridge(resampler, block);
    stream.observe(this.#streamTime, capturedAt);
    this.#streamTime += seconds;
    const mono = resampler.push(block.samples);
    loudness.block(mono);
    conditions.block(block);
    await pipeline.push(mono);
    this.#busySince = Number.POSITIVE_INFINITY;
  }

  isStuck(): boolean {
    return this.#parts.clock.monotonic() - this.#busySince > STUCK_S;
  }

  /** A device that comes back may have another rate or other channels. */
  #resamplerFor({ sampleRateHz, audioChannels }: SampleBlock): MonoResampler {
    const format = `${sampleRateHz} ${audioChannels}`;
    if (this.#resampler && format === this.#format) return this.#resampler;
    this.#format = format;
    const { resampler, signal } = this.#parts.openFormat({ sampleRateHz, audioChannels });
    this.#parts.conditions.watch(signal);
    this.#resampler = resampler;
    return resampler;
  }

  /** The pipeline skips whole hops only; the rest of a gap is silence. */
  async #bridge(resampler: MonoResampler, { lostSamples, sampleRateHz }: SampleBlock): Promise<void> {
    const { pipeline, conditions, clock } = this.#parts;
    this.#xruns++;
    conditions.xrun(clock.monotonic());
    this.#streamTime += lostSamples / sampleRateHz;
    const missing = resampler.skip(lostSamples);
    const rest = missing % HOP_SAMPLES;
    if (missing > rest) pipeline.skip(missing - rest);
    if (rest > 0) await pipeline.push(new Float32Array(rest));
  }
}
