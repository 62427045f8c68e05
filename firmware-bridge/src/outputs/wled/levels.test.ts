import { describe, expect, test } from "vitest";
import type { BeatPose, OutputMode } from "../output.js";
import { levelsOf, SILENCE } from "./levels.js";

type Shaped = Pick<BeatPose, "beatPhase" | "energy" | "mode" | "level">;

const poseWith = (change: Partial<Shaped> = {}): Shaped => ({
  ...{ beatPhase: 0, energy: { low: 0.8, mid: 0.4, high: 0.2 }, mode: "following", level: 1 },
  ...change,
});

const onlyHz = (low: number, mid: number, high: number): number =>
  levelsOf(poseWith({ energy: { low, mid, high } }), 1).majorPeakHz;

describe("levels", () => {
  test("hit on the beat and fall until the next", () => {
    const course = [0, 0.25, 0.5, 0.9].map((beatPhase) => levelsOf(poseWith({ beatPhase }), 1).sampleRaw);

    expect(course).toEqual([...course].sort((a, b) => b - a));
    expect(course[0]).toBeGreaterThan(1.5 * (course[3] ?? 0));
  });

  test("put energy where it was heard, and the peak frequency with it", () => {
    expect(onlyHz(1, 0, 0)).toBeLessThan(250);
    expect(onlyHz(0, 1, 0)).toBeGreaterThan(250); // the least low a beat has is weaker
    expect(onlyHz(0, 1, 0)).toBeLessThan(2500);
    expect(onlyHz(0, 0, 1)).toBeGreaterThan(2500);
  });

  test("are there on a beat even when no loudness is known", () => {
    expect(levelsOf(poseWith({ energy: { low: 0, mid: 0, high: 0 } }), 1).sampleRaw).toBeGreaterThan(20);
  });

  test("fade with the pose's level", () => {
    expect(levelsOf(poseWith({ mode: "fading", level: 0 }), 1)).toMatchObject({
      sampleRaw: 0,
      magnitude: 0,
      majorPeakHz: 1,
    });
  });

  test("stand still while holding", () => {
    const at = (beatPhase: number) => levelsOf(poseWith({ mode: "holding", beatPhase }), 1);

    expect(at(0.1)).toEqual(at(0.9));
    expect(at(0.1).sampleRaw).toBeGreaterThan(0);
  });

  test.each<OutputMode>(["idle", "blackout", "released"])("are silence when %s", (mode) => {
    expect(levelsOf(poseWith({ mode }), 1)).toEqual(SILENCE);
  });
});
