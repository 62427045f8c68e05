/** What is said about a model artifact, beside the ONNX file: `manifest.json`. */
import { z } from "zod";

/** Beside manifest.json, in the same folder: never a path. */
const fileName = z
  .string()
  .max(200)
  .regex(/^[A-Za-z0-9][A-Za-z0-9._-]*$/);
const sha256 = z.string().regex(/^[0-9a-f]{64}$/);

/** A short recording in the bundle, and what this artifact makes of it: reproduced on a box before the model is used there. */
export const GoldenClip = z.object({
  /** WAV or Ogg, in a form that the device's own decoders read. */
  file: fileName,
  sha256,
  bytes: z
    .int()
    .positive()
    .max(16 * 1024 * 1024),
  seconds: z.number().positive().max(120),
  /** What `tactus track` finds in it, from the start, in order: seconds in the clip, 1 = downbeat, 0 = unknown. */
  beats: z
    .array(z.object({ time: z.number().min(0), beatInBar: z.int().min(0).max(32) }))
    .min(4)
    .max(1000),
  /** A beat is the same within this, milliseconds. */
  toleranceMs: z.number().positive().max(100),
  /** At least this share of all beats, expected and found, have a partner with the same place in the bar, (0, 1]. */
  minAgreement: z.number().positive().max(1),
  /** 99th percentile of a hop's processing must not take longer, milliseconds; a hop lasts 20. */
  hopBudgetMs: z.number().positive().max(20),
});
export type GoldenClip = z.infer<typeof GoldenClip>;

/** Where a model comes from: for people, and to make it again. */
export const ModelLineage = z.object({
  /** Training run, as the tracking server knows it. */
  run: z.string().min(1).max(200),
  experiment: z.string().min(1).max(200).optional(),
  startedAt: z.iso.datetime({ offset: true }).optional(),
  /** Of the training code. */
  commit: z.string().max(64).optional(),
  /** Of the training data, as the run recorded it. */
  dataHash: z.string().max(128).optional(),
  params: z.record(z.string().max(250), z.string().max(6000)),
  metrics: z.record(z.string().max(250), z.number()),
});
export type ModelLineage = z.infer<typeof ModelLineage>;

export const ModelManifest = z.object({
  v: z.literal(1),
  /** Lower case: the name is part of paths and topics. */
  name: z
    .string()
    .max(80)
    .regex(/^[a-z0-9]+(-[a-z0-9]+)*$/),
  version: z.string().regex(/^\d+\.\d+\.\d+$/),
  file: fileName,
  sha256,
  bytes: z.int().positive(),
  quantization: z.enum(["float32", "int8-qdq"]),
  frontend: z.object({
    sampleRateHz: z.literal(22050),
    hopSamples: z.literal(441),
    windowSamples: z.literal(1024),
    bands: z.literal(64),
  }),
  /**
   * One call hears `frames` new frames. The graph takes `features` [context - 1 + frames, bands] (the newest frame last,
   * zeros before the start) and `delayed` [layers · frames, 2 · channels] (for each layer and new frame the layer's inputs
   * 2·dilation and dilation frames earlier, side by side; zeros before the start, and where that is one of the new
   * frames) and gives `activations` [frames, heads], each in [0, 1], and `columns` [layers · frames, channels]: the new
   * frames' layer inputs, which the host keeps in ring buffers. All float32.
   */
  streaming: z.object({
    context: z.int().positive().max(16),
    frames: z.int().positive().max(8),
    channels: z.int().positive().max(512),
    dilations: z.array(z.int().positive()).min(1).max(24),
    heads: z.array(z.string()).min(2).max(8),
  }),
  decoder: z.object({
    /** State time of frame t is (t + timeOffsetFrames) / fps. */
    timeOffsetFrames: z.number(),
    /** Logistic map from decoder evidence to confidence: weights by feature name, and "bias". */
    confidence: z.record(z.string(), z.number()),
  }),
  /** A bundle for rollouts has one; a model without is only ever the one that came with the box. */
  golden: GoldenClip.optional(),
  lineage: ModelLineage.optional(),
  /** Markdown for people, in the bundle. */
  card: z.object({ file: fileName, sha256, bytes: z.int().positive().max(262_144) }).optional(),
});
export type ModelManifest = z.infer<typeof ModelManifest>;
