import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { BANDS } from "./feature-frame.js";
import { GainControl } from "./gain-control.js";
import { MelFrontend } from "./log-mel.js";

interface Encoded {
  shape: number[];
  float32: string;
}

const golden = JSON.parse(
  readFileSync(fileURLToPath(new URL("../../../models/golden/frontend.json", import.meta.url)), "utf8"),
) as Record<"samples" | "magnitudes" | "features", Encoded>;

function decoded({ float32 }: Encoded): Float32Array {
  const bytes = Uint8Array.from(Buffer.from(float32, "base64"));
  return new Float32Array(bytes.buffer);
}

/** Magnitudes and features of a signal fed in blocks of the given size. */
function heard(samples: Float32Array, blockSize: number): { magnitudes: number[]; features: number[] } {
  const frontend = new MelFrontend();
  const gain = new GainControl();
  const feature = new Float32Array(BANDS);
  const out = { magnitudes: [] as number[], features: [] as number[] };
  for (let start = 0; start < samples.length; start += blockSize) {
    const block = samples.subarray(start, start + blockSize);
    for (let from = 0; from < block.length; ) {
      from += frontend.take(block, from);
      if (!frontend.frameReady()) continue;
      gain.apply(frontend.magnitudes, feature, 0);
      out.magnitudes.push(...frontend.magnitudes);
      out.features.push(...feature);
    }
  }
  return out;
}

const largestDifference = (a: ArrayLike<number>, b: ArrayLike<number>): number => {
  let largest = 0;
  for (let i = 0; i < a.length; i++) largest = Math.max(largest, Math.abs((a[i] as number) - (b[i] as number)));
  return largest;
};

test("frontend reproduces the Python magnitudes and features", () => {
  const { magnitudes, features } = heard(decoded(golden.samples), 512);

  expect(magnitudes.length).toBe(decoded(golden.magnitudes).length);
  expect(largestDifference(magnitudes, decoded(golden.magnitudes))).toBeLessThan(1e-6);
  expect(largestDifference(features, decoded(golden.features))).toBeLessThan(1e-4);
});

test("frontend gives the same frames whatever the block size", () => {
  const samples = decoded(golden.samples).subarray(0, 22050);

  expect(heard(samples, 1).features).toEqual(heard(samples, 4410).features);
});

test("gain control keeps digital silence at zero and finite", () => {
  const { features } = heard(new Float32Array(22050), 441);

  expect(features.every((value) => value === 0)).toBe(true);
});

test("gain control brings quiet and loud sound to the same level", () => {
  const loud = decoded(golden.samples).map((s) => s * 0.9);
  const quiet = loud.map((s) => s * 0.03);
  const lastSecond = -50 * BANDS;

  const difference = largestDifference(
    heard(loud, 441).features.slice(lastSecond),
    heard(quiet, 441).features.slice(lastSecond),
  );

  expect(difference).toBeLessThan(0.05);
});
