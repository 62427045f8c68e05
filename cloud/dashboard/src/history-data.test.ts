import { describe, expect, it } from "vitest";
import { columnsOf, summaryOf } from "./history-data.js";

const SECOND = 1_000_000;
const point = (second: number, bpm: number, beats = 10) => ({
  atUs: second * SECOND,
  beats,
  bpm: { min: bpm - 1, mean: bpm, max: bpm + 1 },
  confidence: { min: 0.5, mean: 0.8, max: 1 },
});

describe("history columns", () => {
  it("place each bucket at its middle and break the line where there were no beats", () => {
    const columns = columnsOf({ bucketUs: 10 * SECOND, points: [point(0, 120), point(10, 121), point(60, 130)] });

    expect(columns.at).toEqual([5, 15, 20, 65]);
    expect(columns.mean).toEqual([120, 121, null, 130]);
    expect(columns.low).toEqual([119, 120, null, 129]);
  });

  it("see no gap between two beats at the finest zoom", () => {
    const columns = columnsOf({ bucketUs: 0.25 * SECOND, points: [point(0, 60, 1), point(1, 60, 1)] });

    expect(columns.mean).toEqual([60, 60]);
  });
});

describe("history summary", () => {
  it("weighs confidence by beats", () => {
    const quiet = { ...point(10, 100, 30), confidence: { min: 0, mean: 0.4, max: 1 } };

    expect(summaryOf({ beats: 40, points: [point(0, 120, 10), quiet] })).toEqual({
      beats: 40,
      low: 99,
      high: 121,
      confidence: 0.5,
    });
  });

  it("is nothing when there are no beats", () => {
    expect(summaryOf({ beats: 0, points: [] })).toBe(undefined);
  });
});
