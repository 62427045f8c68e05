import { describe, expect, it } from "vitest";
import { CaptureClock } from "./capture-clock.js";

const RATE = 48000;
const BLOCK = 512;

interface Script {
  seconds?: number;
  /** How much faster the card's crystal runs than our clock. */
  ppm?: number;
  /** Delay of a block's arrival, seconds. */
  delay?: (block: number) => number;
  /** Samples that go missing, by the second in which they do. */
  lost?: { at: number; samples: number };
  captureOffsetMs?: number;
}

/** Runs a card against the clock; returns the error of timeOf() per block, seconds, and when a gap was noticed. */
function run({ seconds = 60, ppm = 0, delay = () => 0, lost, captureOffsetMs = 0 }: Script) {
  const clock = new CaptureClock({ sampleRateHz: RATE, captureOffsetMs });
  const period = BLOCK / (RATE * (1 + ppm * 1e-6));
  const errors: number[] = [];
  const stamps: number[] = [];
  let gapAt: number | undefined;
  for (let block = 1; block * period < seconds; block++) {
    const captured = 100 + block * period + (lost && block * period >= lost.at ? lost.samples / RATE : 0);
    if (clock.observe(block * BLOCK, captured + delay(block)) === "gap") gapAt ??= block * period;
    if (!clock.ready) continue;
    stamps.push(clock.timeOf(block * BLOCK));
    errors.push(clock.timeOf(block * BLOCK) - captured);
  }
  return { errors, stamps, gapAt, ppm: clock.rateErrorPpm };
}

function random(seed = 1): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    return (state >>> 0) / 2 ** 32;
  };
}

/** 2 ms at least, mostly little more, now and then a tenth of a second: what a busy box does to callbacks. */
function busy(): (block: number) => number {
  const next = random();
  return () => 0.002 + 0.004 * next() ** 2 + (next() < 0.02 ? 0.1 * next() : 0);
}

const worst = (errors: number[]) => Math.max(...errors.map(Math.abs));
const late = (errors: number[]) => errors.slice(Math.round(errors.length / 2));

describe("CaptureClock", () => {
  it("gives the arrival of an even stream from the first fifth of a second on", () => {
    const { errors } = run({ seconds: 10 });

    expect(errors.length).toBeGreaterThan((9.7 * RATE) / BLOCK);
    expect(worst(errors)).toBeLessThan(1e-6);
  });

  it("follows the earliest arrivals, however late the others come", () => {
    const { errors } = run({ delay: busy() });

    expect(worst(errors.map((error) => error - 0.002))).toBeLessThan(0.004);
    expect(worst(late(errors).map((error) => error - 0.002))).toBeLessThan(0.0005);
  });

  it.each([-200, -50, 50, 200])("measures a crystal that is %i ppm off and follows it", (ppm) => {
    const { errors, ppm: measured } = run({ ppm, delay: busy(), seconds: 120 });

    expect(Math.abs(measured - ppm)).toBeLessThan(20);
    expect(worst(late(errors).map((error) => error - 0.002))).toBeLessThan(0.001);
  });

  it("sees through the slow sawtooth of two block sizes that beat against each other", () => {
    const { errors, ppm } = run({ ppm: 30, seconds: 120, delay: (block) => ((block * 7) % 600) * 2e-5 });

    expect(Math.abs(ppm - 30)).toBeLessThan(10);
    expect(worst(late(errors))).toBeLessThan(0.001);
  });

  it("never runs backwards and never jumps", () => {
    const { stamps } = run({ ppm: -150, delay: busy(), seconds: 60 });

    const steps = stamps.slice(1).map((stamp, i) => stamp - stamps[i]!);
    expect(Math.min(...steps)).toBeGreaterThan((BLOCK / RATE) * 0.97);
    expect(Math.max(...steps)).toBeLessThan((BLOCK / RATE) * 1.03);
  });

  it("stands a pause of the whole process without moving", () => {
    const frozen = (block: number) => (block > 1000 && block < 1100 ? ((1100 - block) * BLOCK) / RATE : 0);

    expect(worst(run({ delay: frozen, seconds: 30 }).errors)).toBeLessThan(1e-4);
  });

  it("notices within 2 s that samples are missing which nobody told of", () => {
    const { gapAt } = run({ delay: busy(), lost: { at: 20, samples: 0.05 * RATE }, seconds: 30 });

    expect(gapAt).toBeGreaterThan(20);
    expect(gapAt).toBeLessThan(22);
  });

  it("does not call a busy second a gap", () => {
    const next = random(7);
    const { gapAt } = run({
      seconds: 120,
      delay: (block) => (Math.floor(block / 90) % 5 === 0 ? 0.08 * next() : 0.001),
    });

    expect(gapAt).toBeUndefined();
  });

  it("adds the offset that calibration found", () => {
    const { errors } = run({ captureOffsetMs: -35, seconds: 5 });

    for (const error of errors) expect(error).toBeCloseTo(-0.035, 6);
  });
});
