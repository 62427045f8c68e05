/** What is said about a model artifact, beside the ONNX file: `manifest.json`. */
import { z } from "zod";

export const ModelManifest = z.object({
  v: z.literal(1),
  name: z.string().min(1).max(80),
  version: z.string().regex(/^\d+\.\d+\.\d+$/),
  file: z.string().min(1).max(200),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
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
});
export type ModelManifest = z.infer<typeof ModelManifest>;
