import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { decodeAudio } from "../src/capture/decode-audio.js";
import { DEFAULT_MODEL_DIR } from "../src/default-model.js";
import { Resampler } from "../src/frontend/resampler.js";
import { type BeatPipeline, openPipeline } from "../src/pipeline.js";

/** The whole pipeline over an hour of audio, in fast forward. */
const MINUTES = 60;
const RECORDING = fileURLToPath(new URL("../../examples/recording/escape-from-chaosland.ogg", import.meta.url));
const RATE = 22050;

const beats: { time: number; beatInBar: number }[] = [];
let pipeline: BeatPipeline;
let round: Float32Array;
let rounds: number;

beforeAll(async () => {
  round = await wholeHops(RECORDING);
  rounds = Math.ceil((MINUTES * 60 * RATE) / round.length);
  const pending = new Map<string, { time: number; beatInBar: number }>();
  pipeline = await openPipeline({ artifactDir: DEFAULT_MODEL_DIR }, (step) => {
    for (const { beatId, state, time, beatInBar } of step.events) {
      if (state === "withdrawn") pending.delete(beatId);
      else pending.set(beatId, { time, beatInBar });
    }
  });
  for (let k = 0; k < rounds; k++) await pipeline.push(round);
  beats.push(...pending.values());
}, 600_000);
afterAll(() => pipeline.close());

/** A recording as mono at the model's rate, cut to whole model steps so that each round is heard alike. */
async function wholeHops(file: string): Promise<Float32Array> {
  const audio = await decodeAudio(file);
  const resampler = new Resampler(audio);
  const parts: number[] = [];
  for await (const block of audio.blocks) parts.push(...resampler.push(block.samples));
  return Float32Array.from(parts.slice(0, parts.length - (parts.length % 882)));
}

function heardIn(k: number): { time: number; beatInBar: number }[] {
  const length = round.length / RATE;
  return beats
    .filter(({ time }) => time >= k * length + 5 && time < (k + 1) * length - 1)
    .map(({ time, beatInBar }) => ({ time: time - k * length, beatInBar }));
}

test("what is heard in the last round of a long night is what was heard in the second", () => {
  const [second, last] = [heardIn(1), heardIn(rounds - 1)];

  expect(last.length).toBe(second.length);
  for (const [k, beat] of last.entries()) {
    expect(beat.beatInBar).toBe(second[k]?.beatInBar);
    expect(Math.abs(beat.time - (second[k]?.time ?? 0))).toBeLessThan(0.01);
  }
});
