import { expect, test } from "vitest";
import { OverviewPace } from "./overview-pace.js";

const grid = (more: object = {}) =>
  Buffer.from(JSON.stringify({ music: true, running: true, source: "tracker", beatsPerBar: 4, bpm: 120, ...more }));

test("a grid that only goes on is told every ten seconds", () => {
  const pace = new OverviewPace();

  const told = Array.from({ length: 25 }, (_, second) => pace.isNews("grid", grid({ sentAtUs: second }), second));

  expect(told.flatMap((isNews, second) => (isNews ? [second] : []))).toEqual([0, 10, 20]);
});

test("what changes is told at once", () => {
  const pace = new OverviewPace();
  pace.isNews("grid", grid(), 0);

  expect(pace.isNews("grid", grid({ bpm: 120.9 }), 1)).toBe(false);
  expect(pace.isNews("grid", grid({ bpm: 121.5 }), 2)).toBe(true);
  expect(pace.isNews("grid", grid({ bpm: 121.5, running: false }), 3)).toBe(true);
  expect(pace.isNews("tempo", grid({ state: "tracking" }), 3)).toBe(true);
  expect(pace.isNews("tempo", grid({ state: "held" }), 3)).toBe(true);
});

test("after it was forgotten, and when it cannot be read, it is news", () => {
  const pace = new OverviewPace();
  pace.isNews("grid", grid(), 0);
  pace.forget();

  expect(pace.isNews("grid", grid(), 1)).toBe(true);
  expect(pace.isNews("grid", Buffer.from("not JSON"), 2)).toBe(true);
});
