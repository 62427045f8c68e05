import { expect, it } from "vitest";
import { topsOf, visibleRange } from "./window-list.js";

it("draws the rows that are seen and some more", () => {
  const tops = topsOf(Array.from({ length: 1000 }, () => 60));

  expect(tops.at(-1)).toBe(60_000);
  expect(visibleRange(tops, { from: 0, to: 600, more: 2 })).toEqual({ first: 0, end: 12 });
  expect(visibleRange(tops, { from: 30_030, to: 30_630, more: 2 })).toEqual({ first: 498, end: 513 });
  expect(visibleRange(tops, { from: 59_900, to: 61_000, more: 2 })).toEqual({ first: 996, end: 1000 });
  expect(visibleRange(tops, { from: -500, to: -100, more: 2 })).toEqual({ first: 0, end: 3 });
});

it("knows rows of different heights, and lists without any", () => {
  const tops = topsOf([40, 100, 100, 40, 100]);

  expect(visibleRange(tops, { from: 41, to: 139, more: 0 })).toEqual({ first: 1, end: 2 });
  expect(visibleRange(tops, { from: 140, to: 290, more: 0 })).toEqual({ first: 2, end: 5 });
  expect(visibleRange(topsOf([]), { from: 0, to: 600, more: 4 })).toEqual({ first: 0, end: 0 });
});
