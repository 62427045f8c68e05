import { expect, test } from "vitest";
import { TapTempo } from "./tap-tempo.js";

const tapAll = (times: number[]) => {
  const taps = new TapTempo();
  return times.map((at) => taps.tap(at)).at(-1);
};

test("taps need three to make a tempo", () => {
  expect(tapAll([1, 1.5])).toBeUndefined();
  expect(tapAll([1, 1.5, 2])?.period).toBeCloseTo(0.5);
});

test("taps tolerate a missed one", () => {
  const tapped = tapAll([0, 0.5, 1.01, 2.0, 2.5]);

  expect(tapped?.period).toBeCloseTo(0.5, 2);
  expect(tapped?.anchor).toBeCloseTo(2.5, 2);
});

test("taps after a pause begin a new series", () => {
  expect(tapAll([0, 0.5, 1, 10, 10.75, 11.5])?.period).toBeCloseTo(0.75);
});

test("a double hit counts once", () => {
  expect(tapAll([0, 0.5, 0.53, 1.0, 1.5])?.period).toBeCloseTo(0.5, 2);
});
