import type { BeatPrediction, GridMessage } from "@tactus/shared";
import { describe, expect, it } from "vitest";
import { BeatLine, gridPhase } from "./beat-line.js";

const SECOND = 1_000_000;
const T0 = 1_700_000_000 * SECOND;

/** At 120 BPM: beat `index` of a bar of four falls half a second after the one before. */
const beat = (index: number, change: Partial<BeatPrediction> = {}): BeatPrediction => ({
  v: 1,
  beatId: `b${index}`,
  rev: 0,
  state: "announced",
  dueAtUs: T0 + index * SECOND * 0.5,
  dueInMs: 200,
  beatInBar: (index % 4) + 1,
  beatsPerBar: 4,
  bar: 1 + Math.floor(index / 4),
  bpm: 120,
  confidence: 0.9,
  uncertaintyMs: 5,
  source: "tracker",
  energy: { low: 0, mid: 0, high: 0 },
  ...change,
});
const lineOf = (...beats: BeatPrediction[]) => {
  const line = new BeatLine();
  for (const one of beats) line.announce(one, 0);
  return line;
};
const grid: GridMessage = {
  v: 1,
  session: "s",
  sentAtUs: T0,
  music: true,
  running: true,
  period: 0.5,
  bpm: 120,
  anchorUs: T0,
  beatInBar: 3,
  beatsPerBar: 4,
  bar: 1,
  confidence: 0.9,
  alternatives: [],
  source: "tracker",
  validUntilUs: T0 + 5 * SECOND,
};

describe("beat line", () => {
  it("lets an announced beat fall when it is due, and not before", () => {
    const line = lineOf(beat(0), beat(1));

    expect(line.position(T0 - 1)).toBe(undefined);
    expect(line.position(T0)?.beat.beatInBar).toBe(1);
    expect(line.position(T0 + 0.499 * SECOND)?.beat.beatInBar).toBe(1);
    expect(line.position(T0 + 0.5 * SECOND)?.beat.beatInBar).toBe(2);
  });

  it("moves through the beat towards the next announced one", () => {
    const late = beat(1, { dueAtUs: T0 + 0.6 * SECOND });

    expect(lineOf(beat(0), late).position(T0 + 0.3 * SECOND)?.phase).toBeCloseTo(0.5);
    expect(lineOf(beat(0)).position(T0 + 0.25 * SECOND)?.phase).toBeCloseTo(0.5);
    expect(lineOf(beat(0)).position(T0 + 0.7 * SECOND)?.phase).toBe(1);
  });

  it("is at rest when no beat has fallen for long", () => {
    expect(lineOf(beat(0)).position(T0 + 0.81 * SECOND)).toBe(undefined);
  });

  it("takes revisions, ignores older ones, and drops what is withdrawn", () => {
    const line = lineOf(beat(0), beat(1));
    line.announce(beat(1, { rev: 2, state: "revised", dueAtUs: T0 + 0.55 * SECOND }), 0);
    line.announce(beat(1, { rev: 1, state: "revised", dueAtUs: T0 + 0.45 * SECOND }), 0);
    expect(line.between(T0, T0 + SECOND).map(({ dueUs }) => dueUs - T0)).toEqual([0, 0.55 * SECOND]);

    line.announce(beat(1, { rev: 3, state: "withdrawn" }), 0);
    expect(line.between(T0, T0 + SECOND)).toHaveLength(1);
  });

  it("keeps beats in cloud time when the device's clock is off", () => {
    const line = new BeatLine();
    line.announce(beat(0), 10 * SECOND);

    expect(line.fallen(T0 + 10 * SECOND)?.dueUs).toBe(T0 + 10 * SECOND);
  });

  it("forgets beats that fell long ago", () => {
    const line = lineOf(...Array.from({ length: 100 }, (_, index) => beat(index)));

    expect(line.between(0, T0 * 2).length).toBeLessThan(20);
  });

  it("expects the grid's beats where none is announced, numbered on from the anchor", () => {
    const line = lineOf(beat(2, { dueAtUs: T0 + 0.51 * SECOND }));
    line.setGrid(grid, 0);

    expect(
      line.expected(T0 - SECOND, T0 + 1.6 * SECOND).map((one) => [(one.dueUs - T0) / SECOND, one.beatInBar]),
    ).toEqual([
      [-1, 1],
      [-0.5, 2],
      [0, 3],
      [1, 1],
      [1.5, 2],
    ]);
  });

  it("expects nothing of a grid that stands still or is no longer vouched for", () => {
    const line = new BeatLine();
    line.setGrid(grid, 0);
    expect(line.expected(T0 + 6 * SECOND, T0 + 8 * SECOND)).toEqual([]);

    line.setGrid({ ...grid, running: false }, 0);
    expect(line.expected(T0, T0 + SECOND)).toEqual([]);
  });
});

describe("grid phase", () => {
  it("goes from 0 to 1 with each beat, before the anchor too", () => {
    expect(gridPhase(grid, 0, T0 + 0.125 * SECOND)).toBeCloseTo(0.25);
    expect(gridPhase(grid, 0, T0 - 0.125 * SECOND)).toBeCloseTo(0.75);
    expect(gridPhase(grid, 0.25 * SECOND, T0 + 0.25 * SECOND)).toBeCloseTo(0);
    expect(gridPhase({ ...grid, running: false }, 0, T0)).toBe(undefined);
    expect(gridPhase(null, 0, T0)).toBe(undefined);
  });
});
