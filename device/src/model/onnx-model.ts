/** Feature frames into activations by onnxruntime: one graph call per frame, state kept by the host. */
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

export class OnnxModel implements ActivationModel {
  private readonly context: Float32Array;
  private readonly delayed: Float32Array;
  private readonly feeds: Record<string, Tensor>;
  private readonly rings: LayerRings;
  private readonly activation: Activation = { beat: 0, downbeat: 0, beatIn100ms: 0, beatIn200ms: 0, music: 0 };

  private constructor(
    private readonly session: InferenceSession,
    private readonly manifest: ModelManifest,
  ) {
    const { context, channels, dilations } = manifest.streaming;
    const { bands } = manifest.frontend;
    this.context = new Float32Array(context * bands);
    this.delayed = new Float32Array(dilations.length * 2 * channels);
    this.rings = new LayerRings(dilations, channels);
    this.feeds = {
      features: new Tensor("float32", this.context, [context, bands]),
      delayed: new Tensor("float32", this.delayed, [dilations.length, 2, channels]),
    };
  }

  static async open(artifact: Artifact): Promise<OnnxModel> {
    return new OnnxModel(await InferenceSession.create(artifact.bytes, SESSION_OPTIONS), artifact.manifest);
  }

  async step(features: Float32Array): Promise<Activation> {
    const { context, rings } = this;
    context.copyWithin(0, features.length);
    context.set(features, context.length - features.length);
    rings.read(this.delayed);
    const out = await this.session.run(this.feeds);
    rings.write((out.columns as Tensor).data as Float32Array);
    return this.named((out.activations as Tensor).data as Float32Array);
  }

  reset(): void {
    this.context.fill(0);
    this.rings.reset();
  }

  close(): Promise<void> {
    return this.session.release();
  }

  private named(values: Float32Array): Activation {
    const { activation } = this;
    const { heads } = this.manifest.streaming;
    activation.beat = values[heads.indexOf("beat")] ?? 0;
    activation.downbeat = values[heads.indexOf("downbeat")] ?? 0;
    activation.beatIn100ms = values[heads.indexOf("beat_in_100ms")] ?? 0;
    activation.beatIn200ms = values[heads.indexOf("beat_in_200ms")] ?? 0;
    activation.music = values[heads.indexOf("music")] ?? 1;
    return activation;
  }
}
