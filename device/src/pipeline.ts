/** Mono samples at 22 050 Hz into grid events: the whole beat path, the same live and over files. */
import { InputError, type OverrideAction } from "@tactus/shared";
import { BeatTracker, DECODER_DEFAULTS, type DecoderOptions } from "./decoder/beat-tracker.js";
import { MusicGate } from "./decoder/music-gate.js";
import { BANDS, FPS, HOP_SAMPLES } from "./frontend/feature-frame.js";
import { GainControl } from "./frontend/gain-control.js";
import { MelFrontend } from "./frontend/log-mel.js";
import { BeatGrid } from "./grid/beat-grid.js";
import type { GridEvent, GridState, OverrideResult } from "./grid/grid-event.js";
import type { Activation, ActivationModel } from "./model/activation-model.js";
import { loadArtifact } from "./model/artifact.js";
import { OnnxModel } from "./model/onnx-model.js";

export interface PipelineOptions {
  /** Folder with manifest.json and the ONNX file. */
  artifactDir: string;
  /** How long before it is due a beat is announced, milliseconds. Default 200. */
  leadMs?: number;
  /** From how long before it is due nothing changes any more, milliseconds. Default 100. */
  freezeMs?: number;
  /** Prefix of beatId. */
  session?: string;
  decoder?: Partial<DecoderOptions>;
}

/** Everything known after one step of the model: a few hops of 20 ms. Valid during the call only: buffers are reused. */
export interface Step {
  /** Stream seconds at the end of the newest hop: the newest sound heard. */
  time: number;
  /** Stream seconds that the first activation speaks of: a network may want to hear a little past the beat. */
  from: number;
  /** One per hop, oldest first. */
  activations: readonly Activation[];
  /** Linear mel magnitudes before gain control, 64 values a hop, oldest first. */
  magnitudes: readonly Float32Array[];
  music: boolean;
  events: GridEvent[];
  /** Milliseconds spent by stage, of all hops of the step. */
  spent: { frontend: number; model: number; decoder: number };
}

export interface BeatPipeline {
  /** Feed any number of samples; resolves when every whole step in them has been heard. Calls must not overlap. */
  push(samples: Float32Array): Promise<void>;
  /** `samples` sample frames are missing from the stream: time goes on, state is kept when the gap is short. */
  skip(samples: number): void;
  /** The grid at this stream time. Allocates; not for every step. */
  state(): GridState;
  /** Apply the operator's hand. `at` is the stream time it refers to (now, or an earlier tap). */
  override(action: OverrideAction, at: number, by: string): OverrideResult;
  overrideState(): OverrideResult;
  /** How long before they are due beats are announced and final, from now on: milliseconds. */
  retime(timing: { leadMs: number; freezeMs: number }): void;
  /**
   * Change to the model in this folder while sound goes on: it hears along for some seconds, then takes over between two
   * steps, and the grid stays. Rejects with InputError, and nothing has changed, when that cannot be done.
   */
  swap(artifactDir: string): Promise<void>;
  /** What the tracker's confidence in the next beat is made of: for fitting its weights (models/). Allocates. */
  confidenceFeatures(): Record<string, number>;
  close(): Promise<void>;
}

export type OpenPipeline = (options: PipelineOptions, onStep: (step: Step) => void) => Promise<BeatPipeline>;

/** Opens the model; throws InputError when the artifact is missing or not what its manifest says. */
export const openPipeline: OpenPipeline = async (options, onStep) => {
  const openEar = async (artifactDir: string): Promise<Ear> => {
    const artifact = await loadArtifact(artifactDir);
    const { decoder } = artifact.manifest;
    const tracker = new BeatTracker(decoder, { ...DECODER_DEFAULTS, ...options.decoder });
    return { model: await OnnxModel.open(artifact), tracker, timeOffsetFrames: decoder.timeOffsetFrames };
  };
  const grid = new BeatGrid({
    lead: (options.leadMs ?? 200) / 1000,
    freeze: (options.freezeMs ?? 100) / 1000,
    session: options.session ?? "file",
  });
  return new StreamPipeline(await openEar(options.artifactDir), grid, onStep, openEar);
};

/** An activation without look-ahead speaks of sound half a hop before its frame's index (models/beat_model/targets.py). */
const HALF_A_HOP = 0.5;

/** A longer gap in the stream makes the past worthless, frames. */
const FORGET_FRAMES = 2 * FPS;
/** A model that is to take over hears along for so long first: it and its tracker begin knowing nothing. */
const HEAR_ALONG_FRAMES = 20 * FPS;

/** A model with the tracker that listens to it. */
interface Ear {
  model: ActivationModel;
  tracker: BeatTracker;
  timeOffsetFrames: number;
}

/** The ear that is to take over. */
interface NextEar extends Ear {
  heard: number;
  done: () => void;
  failed: (error: Error) => void;
}

class StreamPipeline implements BeatPipeline {
  private readonly frontend = new MelFrontend();
  private readonly gain = new GainControl();
  private readonly gate = new MusicGate();
  private readonly features: Float32Array;
  private readonly magnitudes: Float32Array[];
  /** Hops that wait for the step to be full. */
  private waiting = 0;
  private frame = 0;
  private silentFrames = 0;
  private readonly result: Step;
  private model: ActivationModel;
  private tracker: BeatTracker;
  private timeOffsetFrames: number;
  private next: NextEar | undefined;
  private readonly discarded: ActivationModel[] = [];

  constructor(
    ear: Ear,
    private readonly grid: BeatGrid,
    private readonly onStep: (step: Step) => void,
    private readonly openEar: (artifactDir: string) => Promise<Ear>,
  ) {
    const { model, tracker, timeOffsetFrames } = ear;
    [this.model, this.tracker, this.timeOffsetFrames] = [model, tracker, timeOffsetFrames];
    this.features = new Float32Array(model.stepFrames * BANDS);
    this.magnitudes = Array.from({ length: model.stepFrames }, () => new Float32Array(BANDS));
    const spent = { frontend: 0, model: 0, decoder: 0 };
    this.result = { time: 0, from: 0, activations: [], magnitudes: this.magnitudes, music: false, events: [], spent };
  }

  async push(samples: Float32Array): Promise<void> {
    let from = 0;
    while (from < samples.length) {
      const begun = performance.now();
      from += this.frontend.take(samples, from);
      if (this.frontend.frameReady()) this.collect();
      this.result.spent.frontend += performance.now() - begun;
      if (this.waiting === this.model.stepFrames) await this.step();
    }
  }

  skip(samples: number): void {
    const frames = Math.round(samples / HOP_SAMPLES);
    this.frame += frames;
    if (frames < FORGET_FRAMES) return;
    this.frame += this.waiting;
    this.waiting = 0;
    this.model.reset();
    this.tracker.reset();
    this.next?.model.reset();
    this.next?.tracker.reset();
  }

  state(): GridState {
    return { ...this.grid.state(), alternatives: this.result.music ? this.tracker.alternatives() : [] };
  }

  override(action: OverrideAction, at: number, by: string): OverrideResult {
    return this.grid.override(action, at, by);
  }

  overrideState(): OverrideResult {
    return this.grid.overrideState();
  }

  retime({ leadMs, freezeMs }: { leadMs: number; freezeMs: number }): void {
    this.grid.retime({ lead: leadMs / 1000, freeze: freezeMs / 1000 });
  }

  confidenceFeatures(): Record<string, number> {
    return this.tracker.confidenceFeatures();
  }

  async swap(artifactDir: string): Promise<void> {
    const ear = await this.openEar(artifactDir);
    const { stepFrames } = ear.model;
    if (stepFrames !== this.model.stepFrames) {
      await ear.model.close();
      throw new InputError(`The model in ${artifactDir} takes ${stepFrames} frames a step: hearing must start anew`);
    }
    if (this.next) {
      this.discarded.push(this.next.model); // a step may be at work in it
      this.next.failed(new InputError("Another model is to take over"));
    }
    await new Promise<void>((done, failed) => {
      this.next = { ...ear, heard: 0, done, failed };
    });
  }

  async close(): Promise<void> {
    this.next?.failed(new InputError("The pipeline is closed"));
    await this.next?.model.close();
    await this.model.close();
  }

  private collect(): void {
    const { magnitudes } = this.frontend;
    (this.magnitudes[this.waiting] as Float32Array).set(magnitudes);
    this.gain.apply(magnitudes, this.features, this.waiting * BANDS);
    this.waiting++;
  }

  private async step(): Promise<void> {
    while (this.discarded.length > 0) await this.discarded.pop()?.close();
    const { result } = this;
    const atModel = performance.now();
    const activations = await this.model.step(this.features);
    if (this.next) await this.hearAlong(this.next);
    const atDecoder = performance.now();
    this.waiting = 0;
    this.listen(activations);
    const estimate = this.tracker.step(activations, this.frame);
    result.from = (this.frame - HALF_A_HOP + this.timeOffsetFrames) / FPS;
    this.frame += activations.length;
    result.time = this.frame / FPS;
    result.activations = activations;
    result.events = this.grid.advance(result.time, result.music, estimate);
    result.spent.model = atDecoder - atModel;
    result.spent.decoder = performance.now() - atDecoder;
    this.onStep(result);
    result.spent.frontend = 0;
    if (this.next && this.next.heard >= HEAR_ALONG_FRAMES) await this.takeOver(this.next);
  }

  private async hearAlong(next: NextEar): Promise<void> {
    try {
      const activations = await next.model.step(this.features);
      if (!activations.every(({ beat, downbeat }) => Number.isFinite(beat + downbeat)))
        throw new InputError("The model that was to take over gives numbers that are not finite");
      next.tracker.step(activations, this.frame);
      next.heard += activations.length;
    } catch (error) {
      if (this.next === next) this.next = undefined;
      next.failed(error as Error);
      await next.model.close().catch(() => {});
    }
  }

  private async takeOver(next: NextEar): Promise<void> {
    const old = this.model;
    [this.model, this.tracker, this.timeOffsetFrames] = [next.model, next.tracker, next.timeOffsetFrames];
    this.next = undefined;
    next.done();
    await old.close();
  }

  /** Is there music? */
  private listen(activations: readonly Activation[]): void {
    for (let k = 0; k < activations.length; k++) {
      this.result.music = this.gate.step(
        level(this.magnitudes[k] as Float32Array),
        (activations[k] as Activation).music,
      );
      this.freshStart(this.result.music);
    }
  }

  /** After a real pause the old tempo is no evidence for the new piece. */
  private freshStart(music: boolean): void {
    if (music && this.silentFrames > FORGET_FRAMES) {
      this.tracker.reset();
      this.next?.tracker.reset();
    }
    this.silentFrames = music ? 0 : this.silentFrames + 1;
  }
}

/** RMS of the mel magnitudes. */
function level(magnitudes: Float32Array): number {
  let square = 0;
  for (let band = 0; band < BANDS; band++) square += (magnitudes[band] as number) ** 2;
  return Math.sqrt(square / BANDS);
}
