import { readFileSync } from "node:fs";
import { cp, mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { InputError } from "@tactus/shared";
import { expect, test } from "vitest";
import { loadArtifact } from "./artifact.js";
import { OnnxModel } from "./onnx-model.js";

const ARTIFACT = fileURLToPath(new URL("../../../models/artifacts/beat", import.meta.url));

interface Encoded {
  shape: [number, number];
  float32: string;
}

function decoded({ float32 }: Encoded): Float32Array {
  return new Float32Array(Uint8Array.from(Buffer.from(float32, "base64")).buffer);
}

const golden = JSON.parse(readFileSync(join(ARTIFACT, "golden.json"), "utf8")) as Record<
  "features" | "activations",
  Encoded
>;

test("model reproduces its golden activations step by step, and again after a reset", async () => {
  const model = await OnnxModel.open(await loadArtifact(ARTIFACT));
  const features = decoded(golden.features);
  const expected = decoded(golden.activations);
  const [frames, heads] = golden.activations.shape;
  for (let round = 0; round < 2; round++) {
    let largest = 0;
    const step = model.stepFrames;
    for (let t = 0; t < frames; t += step) {
      const activations = await model.step(features.subarray(t * 64, (t + step) * 64));
      for (const [k, a] of activations.entries()) {
        const row = [a.beat, a.downbeat, a.beatIn100ms, a.beatIn200ms, a.music];
        for (let h = 0; h < heads; h++) {
          largest = Math.max(largest, Math.abs((row[h] as number) - (expected[(t + k) * heads + h] as number)));
        }
      }
    }
    // INT8 rounding may fall differently on another processor: a quantum or two, not more.
    expect(largest).toBeLessThan(0.05);
    model.reset();
  }
  await model.close();
});

test("artifact whose bytes are not what the manifest says is refused", async () => {
  const dir = await mkdtemp(join(tmpdir(), "tactus-artifact-"));
  await cp(ARTIFACT, dir, { recursive: true });
  await writeFile(join(dir, "beat.onnx"), "not the model");

  await expect(loadArtifact(dir)).rejects.toThrow(/SHA-256/);
});

test("artifact that is missing is one clear error", async () => {
  await expect(loadArtifact("/nowhere")).rejects.toThrow(InputError);
});
