/** What a source hears into one recording whose every sample has its time of capture. */
import type { SampleBlock } from "../capture/audio-source.js";
import { MODEL_RATE_HZ, Resampler } from "../frontend/resampler.js";
import type { RoomRecording } from "./find-clicks.js";

export class RoomRecorder {
  private readonly parts: Float32Array[] = [];
  private length = 0;
  private resampler: Resampler | undefined;
  /** Seconds of sound before each block, and when its first sample was captured. */
  private readonly anchors: { at: number; capturedAt: number }[] = [];
  private heard = 0;

  readonly onBlock = (block: SampleBlock): void => {
    this.resampler ??= new Resampler(block);
    if (block.lostSamples > 0) {
      this.append(new Float32Array(this.resampler.skip(block.lostSamples)));
      this.heard += block.lostSamples / block.sampleRateHz;
    }
    this.anchors.push({ at: this.heard, capturedAt: block.capturedAt });
    this.heard += block.samples.length / block.audioChannels / block.sampleRateHz;
    this.append(this.resampler.push(block.samples).slice());
  };

  take(): RoomRecording {
    const samples = new Float32Array(this.length);
    let at = 0;
    for (const part of this.parts) {
      samples.set(part, at);
      at += part.length;
    }
    const { anchors } = this;
    return {
      sampleRateHz: MODEL_RATE_HZ,
      samples,
      timeOf: (index) => {
        const time = index / MODEL_RATE_HZ;
        const anchor = anchors.findLast((candidate) => candidate.at <= time) ?? anchors[0];
        return anchor ? anchor.capturedAt + time - anchor.at : Number.NaN;
      },
    };
  }

  private append(samples: Float32Array): void {
    this.parts.push(samples);
    this.length += samples.length;
  }
}
