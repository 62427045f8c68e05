/** Mono samples at 22 050 Hz into grid events: the whole beat path, the same live and over files. */
import type { OverrideAction } from "@tactus/shared";
import { BeatTracker, DECODER_DEFAULTS, type DecoderOptions } from "./decoder/beat-tracker.js";
import { MusicGate } from "./decoder/music-gate.js";
import { BANDS, FPS, HOP_SAMPLES } from "./frontend/feature-frame.js";
import { GainControl } from "./frontend/gain-control.js";
import { MelFrontend } from "./frontend/log-mel.js";
import { BeatGrid } from "./grid/beat-grid.js";
import type { GridEvent, GridState, OverrideResult } from "./grid/grid-event.js";
import type { ActivationModel } from "./model/activation-model.js";
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

/** Everything known after one hop of 20 ms. Valid during the call only: buffers are reused. */
export interface Hop {
  /** Stream seconds at the end of the hop: the newest sound heard. */
  time: number;
  beat: number;
  downbeat: number;
  /** Linear mel magnitudes before gain control, 64 values. */
  magnitudes: Float32Array;
  music: boolean;
  events: GridEvent[];
  /** Milliseconds spent by stage. */
  spent: { frontend: number; model: number; decoder: number };
}

export interface BeatPipeline {
  /** Feed any number of samples; resolves when every whole hop in them has been heard. Calls must not overlap. */
  push(samples: Float32Array): Promise<void>;
  /** `samples` sample frames are missing from the stream: time goes on, state is kept when the gap is short. */
  skip(samples: number): void;
  /** The grid at this stream time. Allocates; not for every hop. */
  state(): GridState;
  /** Apply the operator's hand. `at` is the stream time it refers to (now, or an earlier tap). */
  override(action: OverrideAction, at: number, by: string): OverrideResult;
  overrideState(): OverrideResult;
  /** What the tracker's confidence in the next beat is made of: for fitting its weights (models/). Allocates. */
  confidenceFeatures(): Record<string, number>;
  close(): Promise<void>;
}

export type OpenPipeline = (options: PipelineOptions, onHop: (hop: Hop) => void) => Promise<BeatPipeline>;

/** Opens the model; throws InputError when the artifact is missing or not what its manifest says. */
export const openPipeline: OpenPipeline = async (options, onHop) => {
  const artifact = await loadArtifact(options.artifactDir);
  const model = await OnnxModel.open(artifact);
  const tracker = new BeatTracker(artifact.manifest.decoder, { ...DECODER_DEFAULTS, ...options.decoder });
  const grid = new BeatGrid({
    lead: (options.leadMs ?? 200) / 1000,
    freeze: (options.freezeMs ?? 100) / 1000,
    session: options.session ?? "file",
  });
  return new StreamPipeline(model, tracker, grid, onHop);
};

/** A longer gap in the stream makes the past worthless, frames. */
const FORGET_FRAMES = 2 * FPS;

class StreamPipeline implements BeatPipeline {
  private readonly frontend = new MelFrontend();
  private readonly gain = new GainControl();
  private readonly gate = new MusicGate();
  private readonly features = new Float32Array(BANDS);
  private frame = 0;
  private silentFrames = 0;
  private readonly hop: Hop = {
    time: 0,
    beat: 0,
    downbeat: 0,
    magnitudes: this.frontend.magnitudes,
    music: false,
    events: [],
    spent: { frontend: 0, model: 0, decoder: 0 },
  };

  constructor(
    private readonly model: ActivationModel,
    private readonly tracker: BeatTracker,
    private readonly grid: BeatGrid,
    private readonly onHop: (hop: Hop) => void,
  ) {}

  async push(samples: Float32Array): Promise<void> {
    let from = 0;
    while (from < samples.length) {
      const begun = performance.now();
      from += this.frontend.take(samples, from);
      if (this.frontend.frameReady()) await this.hear(begun);
    }
  }

  skip(samples: number): void {
    const frames = Math.round(samples / HOP_SAMPLES);
    this.frame += frames;
    if (frames < FORGET_FRAMES) return;
    this.model.reset();
    this.tracker.reset();
  }

  state(): GridState {
    return { ...this.grid.state(), alternatives: this.hop.music ? this.tracker.alternatives() : [] };
  }

  override(action: OverrideAction, at: number, by: string): OverrideResult {
    return this.grid.override(action, at, by);
  }

  overrideState(): OverrideResult {
    return this.grid.overrideState();
  }

  confidenceFeatures(): Record<string, number> {
    return this.tracker.confidenceFeatures();
  }

  close(): Promise<void> {
    return this.model.close();
  }

  private async hear(begun: number): Promise<void> {
    const { hop, features, frontend } = this;
    this.gain.apply(frontend.magnitudes, features, 0);
    const atModel = performance.now();
    const activation = await this.model.step(features);
    const atDecoder = performance.now();
    hop.music = this.gate.step(level(frontend.magnitudes), activation.music);
    this.freshStart(hop.music);
    const estimate = this.tracker.step(activation, this.frame);
    this.frame++;
    hop.time = this.frame / FPS;
    hop.beat = activation.beat;
    hop.downbeat = activation.downbeat;
    hop.events = this.grid.advance(hop.time, hop.music, estimate);
    hop.spent.frontend = atModel - begun;
    hop.spent.model = atDecoder - atModel;
    hop.spent.decoder = performance.now() - atDecoder;
    this.onHop(hop);
  }

  /** After a real pause the old tempo is no evidence for the new piece. */
  private freshStart(music: boolean): void {
    if (music && this.silentFrames > FORGET_FRAMES) this.tracker.reset();
    this.silentFrames = music ? 0 : this.silentFrames + 1;
  }
}

/** RMS of the mel magnitudes. */
function level(magnitudes: Float32Array): number {
  let square = 0;
  for (let band = 0; band < BANDS; band++) square += (magnitudes[band] as number) ** 2;
  return Math.sqrt(square / BANDS);
}
