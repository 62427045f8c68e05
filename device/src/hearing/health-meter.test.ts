import { expect, test } from "vitest";
import { HealthMeter } from "./health-meter.js";

const STEP = 0.04;

/** Plays `seconds` of music with beats of this tempo, each announced 200 ms before it falls. */
function play(meter: HealthMeter, from: number, seconds: number, bpm: number | undefined, music = true): number {
  let next = from + 0.5;
  for (let k = 1; k <= Math.round(seconds / STEP); k++) {
    const now = from + k * STEP;
    meter.step(now, music);
    while (bpm !== undefined && next - now <= 0.2) {
      meter.event({ state: "announced", time: next, bpm, confidence: 0.8, source: "tracker" });
      next += 60 / bpm;
    }
  }
  return from + Math.round(seconds / STEP) * STEP;
}

test("meter counts music, lock, beats and their confidence", () => {
  const meter = new HealthMeter();
  const at = play(meter, 0, 10, undefined, false);
  play(meter, at, 20, 120);

  const window = meter.take("beat 1.0.0");

  expect(window.model).toBe("beat 1.0.0");
  expect(window.seconds).toBeCloseTo(30, 3);
  expect(window.musicS).toBeCloseTo(20, 3);
  expect(window.lockedS).toBeGreaterThan(19);
  expect(window.beats).toBe(40);
  expect(window.confidence).toBeCloseTo(32, 6);
  expect(window).toMatchObject({ periodChange: 0, octaveFlips: 0, relocks: 1, corrections: 0 });
  expect(window.relockS).toBeCloseTo(0.28, 1);
});

test("a beat that stays away while music goes on is a lost lock, and the time to the next one is counted", () => {
  const meter = new HealthMeter();
  let at = play(meter, 0, 10, 120);
  at = play(meter, at, 5, undefined);
  play(meter, at, 5, 120);

  const window = meter.take("m");

  expect(window.relocks).toBe(2);
  expect(window.relockS).toBeGreaterThan(4);
  expect(window.relockS).toBeLessThan(6);
  expect(Math.abs(window.musicS - window.lockedS - window.relockS)).toBeLessThan(0.2);
});

test("half and double tempo are octave flips, a small change is none", () => {
  const meter = new HealthMeter();
  let at = play(meter, 0, 10, 120);
  at = play(meter, at, 10, 122);
  at = play(meter, at, 10, 61);
  play(meter, at, 10, 122);

  const window = meter.take("m");

  expect(window.octaveFlips).toBe(2);
  expect(window.periodChange).toBeCloseTo(1 - 120 / 122 + 1 + 0.5, 3);
});

test("what the hand does is no fault of the tracker, and a correction", () => {
  const meter = new HealthMeter();
  let at = play(meter, 0, 10, 120);
  meter.hand({ action: "half" });
  at = play(meter, at, 3, 60);
  for (let k = 0; k < 4; k++) meter.hand({ action: "tap" });
  meter.hand({ action: "hold" });
  play(meter, at, 3, 60);

  expect(meter.take("m")).toMatchObject({ octaveFlips: 0, corrections: 2 });
  expect(meter.take("m")).toMatchObject({ seconds: 0, beats: 0, corrections: 0 });
});

test("a blackout counts neither as music nor as lost lock", () => {
  const meter = new HealthMeter();
  let at = play(meter, 0, 10, 120);
  meter.hand({ action: "blackout", on: true });
  at = play(meter, at, 20, undefined);
  meter.hand({ action: "blackout", on: false });
  play(meter, at, 10, 120);

  const window = meter.take("m");
  expect(window.musicS).toBeCloseTo(20, 3);
  expect(window.relocks).toBe(2);
  expect(window.relockS).toBeLessThan(1);
});
