import { createHash } from "node:crypto";
import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { decodeAudio } from "../src/capture/decode-audio.js";
import { DEFAULT_MODEL_DIR } from "../src/default-model.js";
import { Resampler } from "../src/frontend/resampler.js";
import type { GridEvent } from "../src/grid/grid-event.js";
import { openPipeline } from "../src/pipeline.js";
import { tinyOnnx } from "./tiny-onnx.mjs";

const STEP = 882;
let folder: string;
let clip: Float32Array;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "tactus-swap-"));
  const audio = await decodeAudio(join(DEFAULT_MODEL_DIR, "clip.wav"));
  const resampler = new Resampler(audio);
  const parts: number[] = [];
  for await (const block of audio.blocks) parts.push(...resampler.push(block.samples));
  clip = Float32Array.from(parts);
});
afterAll(() => rm(folder, { recursive: true }));

/** A copy of the bundled model with another graph. */
async function copy(name: string, change?: { frames: number; weight: number }): Promise<string> {
  const dir = join(folder, name);
  await cp(DEFAULT_MODEL_DIR, dir, { recursive: true });
  if (!change) return dir;
  const manifest = JSON.parse(await readFile(join(dir, "manifest.json"), "utf8"));
  manifest.streaming.frames = change.frames;
  const onnx = tinyOnnx(manifest.streaming, change.weight);
  manifest.sha256 = createHash("sha256").update(onnx).digest("hex");
  await writeFile(join(dir, manifest.file), onnx);
  await writeFile(join(dir, "manifest.json"), JSON.stringify(manifest));
  return dir;
}

/** Beats of the clip, played four times over (48 s), by id; after the first time another model is swapped in. */
async function played(swapTo?: string) {
  const last = new Map<string, GridEvent>();
  const pipeline = await openPipeline({ artifactDir: DEFAULT_MODEL_DIR, session: "s" }, ({ events }) => {
    for (const event of events) last.set(event.beatId, event);
  });
  let swap = Promise.resolve("no swap");
  for (let round = 0; round < 4; round++) {
    if (round === 1 && swapTo !== undefined)
      swap = pipeline.swap(swapTo).then(
        () => "swapped",
        (error: Error) => error.message,
      );
    if (round === 1) await new Promise((done) => setTimeout(done, 500)); // it is being opened
    for (let from = 0; from < clip.length; from += STEP) await pipeline.push(clip.subarray(from, from + STEP));
  }
  const outcome = await swap;
  await pipeline.close();
  const times = [...last.values()].filter(({ state }) => state !== "withdrawn").map(({ time }) => time);
  return { outcome, times: times.sort((a, b) => a - b) };
}

const longestGap = (times: number[]): number => Math.max(...times.slice(1).map((time, k) => time - (times[k] ?? 0)));

test("a model that takes over makes no gap in the beats", async () => {
  const without = await played();
  const { outcome, times } = await played(await copy("same"));

  expect(outcome).toBe("swapped");
  expect(times.length).toBeGreaterThanOrEqual(without.times.length - 1);
  expect(longestGap(times)).toBeLessThanOrEqual(Math.max(longestGap(without.times), 0.9));
});

test("a model that gives no numbers does not take over, and the beats are what they were", async () => {
  const without = await played();
  const { outcome, times } = await played(await copy("nan", { frames: 2, weight: Number.NaN }));

  expect(outcome).toContain("not finite");
  expect(times).toEqual(without.times);
});

test("a model with steps of another length is refused: hearing must start anew", async () => {
  const { outcome, times } = await played(await copy("four", { frames: 4, weight: 0.1 }));

  expect(outcome).toContain("takes 4 frames a step");
  expect(times.length).toBeGreaterThan(80);
});

test("a folder without a model is refused", async () => {
  expect((await played(join(folder, "nothing"))).outcome).toContain("cannot be read");
});
