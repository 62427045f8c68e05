/** Feature frames into activations by onnxruntime: one graph call per step of a few frames, state kept by the host. */
import type { ModelManifest } from "@tactus/shared";
import { InferenceSession, Tensor } from "onnxruntime-node";
import type { Activation, ActivationModel } from "./activation-model.js";
import type { Artifact } from "./artifact.js";
import { LayerRings } from "./layer-rings.js";

/** One thread and no spinning: the beat must not warm the box. */
const SESSION_OPTIONS: InferenceSession.SessionOptions = {
  intraOpNumThreads: 1,
  interOpNumThreads: 1,
  executionMode: "sequential",
  graphOptimizationLevel: "all",
  extra: { session: { intra_op: { allow_spinning: "0" } } },
};

const HEADS = ["beat", "downbeat", "beat_in_100ms", "beat_in_200ms", "music"] as const;

export class OnnxModel implements ActivationModel {
  readonly stepFrames: number;
  private readonly context: Float32Array;
  private readonly delayed: Float32Array;
  private readonly feeds: Record<string, Tensor>;
  private readonly rings: LayerRings;
  private readonly activations: Activation[];
  /** Column of each of HEADS in the graph's output, -1 = the graph has no such head. */
  private readonly columnOf: number[];

  private constructor(
    private readonly session: InferenceSession,
    manifest: ModelManifest,
  ) {
    const { context, frames, channels, dilations, heads } = manifest.streaming;
    const { bands } = manifest.frontend;
    const rows = context - 1 + frames;
    this.stepFrames = frames;
    this.context = new Float32Array(rows * bands);
    this.delayed = new Float32Array(dilations.length * frames * 2 * channels);
    this.rings = new LayerRings({ dilations, channels, frames });
    this.feeds = {
      features: new Tensor("float32", this.context, [rows, bands]),
      delayed: new Tensor("float32", this.delayed, [dilations.length * frames, 2 * channels]),
    };
    this.columnOf = HEADS.map((head) => heads.indexOf(head));
    this.activations = Array.from({ length: frames }, () => ({
      beat: 0,
      downbeat: 0,
      beatIn100ms: 0,
      beatIn200ms: 0,
      music: 1,
    }));
  }

  static async open(artifact: Artifact): Promise<OnnxModel> {
    return new OnnxModel(await InferenceSession.create(artifact.bytes, SESSION_OPTIONS), artifact.manifest);
  }

  async step(features: Float32Array): Promise<readonly Activation[]> {
    const { context, rings } = this;
    context.copyWithin(0, features.length);
    context.set(features, context.length - features.length);
    rings.read(this.delayed);
    const out = await this.session.run(this.feeds);
    rings.write((out.columns as Tensor).data as Float32Array);
    this.name((out.activations as Tensor).data as Float32Array);
    return this.activations;
  }

  reset(): void {
    this.context.fill(0);
    this.rings.reset();
  }

  close(): Promise<void> {
    return this.session.release();
  }

  private name(values: Float32Array): void {
    const heads = values.length / this.stepFrames;
    for (let k = 0; k < this.stepFrames; k++) {
      const activation = this.activations[k] as Activation;
      activation.beat = this.head(values, k * heads, 0);
      activation.downbeat = this.head(values, k * heads, 1);
      activation.beatIn100ms = this.head(values, k * heads, 2);
      activation.beatIn200ms = this.head(values, k * heads, 3);
      activation.music = this.columnOf[4] === -1 ? 1 : this.head(values, k * heads, 4);
    }
  }

  private head(values: Float32Array, row: number, head: number): number {
    const column = this.columnOf[head] as number;
    return column < 0 ? 0 : (values[row + column] as number);
  }
}
