/** Activations into the tracker's opinion: when the next beat falls, how sure that is, and where it stands in the bar. Pure. */
import type { ModelManifest } from "@tactus/shared";
import { FPS } from "../frontend/feature-frame.js";
import type { Activation } from "../model/activation-model.js";
import { BarHypothesis, type BarPlace } from "./bar-hypothesis.js";
import { BarPointerFilter } from "./bar-pointer-filter.js";
import { BeatConfidence } from "./beat-confidence.js";
import { BeatHypothesis } from "./beat-hypothesis.js";
import { type TempoStates, tempoStates } from "./tempo-states.js";

/** Filter frames per feature frame: activations are interpolated. */
const FILTER_RATIO = 2;
const FILTER_FPS = FILTER_RATIO * FPS;

export interface DecoderOptions {
  minBpm: number;
  maxBpm: number;
  lambda: number;
  gamma: number;
  observationLambda: number;
  metres: readonly number[];
  /** Strength of the preference for common tempi, 0 = none. */
  tempoPreference: number;
}

export const DECODER_DEFAULTS: DecoderOptions = {
  minBpm: 55,
  maxBpm: 200,
  lambda: 200,
  gamma: 0.5,
  observationLambda: 16,
  metres: [2, 3, 4],
  tempoPreference: 1.5,
};

/** What the tracker thinks after a step. Reused between frames. */
export interface TrackerEstimate {
  /** Stream seconds of the next beat. */
  nextBeat: number;
  /** Seconds per beat. */
  period: number;
  uncertainty: number;
  confidence: number;
  place: BarPlace;
  /** Evidence for a beat at all, nats per second. */
  evidence: number;
}

/** Below this evidence, nats per second, the filter is given fresh starts. */
const LOST_EVIDENCE = 1;
const RESTART_SHARE = 1e-4;

export class BeatTracker {
  private readonly beats: BarPointerFilter;
  private readonly bars: BarPointerFilter;
  private readonly hypothesis: BeatHypothesis;
  private readonly bar: BarHypothesis;
  private readonly confidence: BeatConfidence;
  private previousBeat = 0;
  private previousDownbeat = 0;
  readonly estimate: TrackerEstimate = {
    nextBeat: 0,
    period: 0.5,
    uncertainty: 0,
    confidence: 0,
    place: { beatInBar: 0, beatsPerBar: 4, mass: 0 },
    evidence: 0,
  };

  constructor(
    private readonly decoder: ModelManifest["decoder"],
    options: DecoderOptions = DECODER_DEFAULTS,
  ) {
    const tempo = tempoStates({ ...options, fps: FILTER_FPS, maxStates: 60 });
    const common = { ...options, tempo, ...preference(tempo, options.tempoPreference) };
    this.beats = new BarPointerFilter({ ...common, metres: [1], metreChange: 0 });
    this.bars = new BarPointerFilter({ ...common, metreChange: 1e-3 });
    this.hypothesis = new BeatHypothesis(this.beats);
    this.bar = new BarHypothesis(this.bars);
    this.confidence = new BeatConfidence(decoder.confidence);
  }

  /** Start afresh, after silence or a gap. */
  reset(): void {
    for (const part of [this.beats, this.bars, this.hypothesis, this.bar, this.confidence]) part.reset();
  }

  /** The next feature frames, the first of them number `frame` since the start of the stream. Realtime-safe. */
  step(activations: readonly Activation[], frame: number): TrackerEstimate {
    for (let k = 0; k < activations.length; k++) this.hear(activations[k] as Activation, frame + k);
    this.readOut(frame + activations.length - 1, activations.length);
    return this.estimate;
  }

  /** Other tempi that fit. Allocates. */
  alternatives(): { bpm: number; share: number }[] {
    return this.hypothesis.alternatives(FILTER_FPS);
  }

  /** What the confidence in the next beat is made of. Allocates. */
  confidenceFeatures(): Record<string, number> {
    return this.confidence.features(this.hypothesis.committed.mass);
  }

  private hear(activation: Activation, frame: number): void {
    let evidence = 0;
    for (let part = 1; part <= FILTER_RATIO; part++) {
      const share = part / FILTER_RATIO;
      const beat = this.previousBeat + share * (activation.beat - this.previousBeat);
      const downbeat = this.previousDownbeat + share * (activation.downbeat - this.previousDownbeat);
      evidence += this.beats.step(beat, downbeat);
      this.bars.step(beat, downbeat);
    }
    this.previousBeat = activation.beat;
    this.previousDownbeat = activation.downbeat;
    this.confidence.hear(evidence, activation.beat, frame);
    if (this.confidence.evidencePerSecond < LOST_EVIDENCE) this.restart();
  }

  private restart(): void {
    this.beats.restart(RESTART_SHARE);
    this.bars.restart(RESTART_SHARE);
  }

  /** `frame` is the newest one, `heard` how many were heard since the last read-out. */
  private readOut(frame: number, heard: number): void {
    const { estimate, hypothesis } = this;
    const { committed } = hypothesis;
    const before = committed.remaining;
    hypothesis.update(FILTER_RATIO * heard);
    if (committed.remaining > before + committed.interval / 2) {
      this.bar.beatPassed();
      this.confidence.beatPassed();
    }
    estimate.nextBeat = (frame + this.decoder.timeOffsetFrames) / FPS + committed.remaining / FILTER_FPS;
    estimate.period = committed.interval / FILTER_FPS;
    estimate.uncertainty = committed.spread / FILTER_FPS;
    estimate.confidence = this.confidence.of(committed.mass);
    estimate.evidence = this.confidence.evidencePerSecond;
    estimate.place = this.bar.update(committed, FILTER_RATIO * heard);
  }
}

/** A mild preference per second for tempi around 115 bpm, 0.6 octave wide. */
function preference(tempo: TempoStates, strength: number): { tempoWeight?: Float64Array } {
  if (strength === 0) return {};
  const weight = (interval: number): number => {
    const octaves = Math.log2((60 * FILTER_FPS) / (interval * 115)) / 0.6;
    return Math.exp((-strength * 0.5 * octaves * octaves * interval) / FILTER_FPS);
  };
  return { tempoWeight: Float64Array.from(tempo.intervals, weight) };
}
