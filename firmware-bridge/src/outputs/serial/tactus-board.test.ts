import { expect, it } from "vitest";
import { roundTripS } from "./tactus-board.js";

it("round trip is the time from a ping's stamp until now, across the wrap of its 32 bits", () => {
  expect(roundTripS(2, 1_995_000)).toBeCloseTo(0.005, 9);
  expect(roundTripS((2 ** 32 + 1000) / 1e6, 2 ** 32 - 1000)).toBeCloseTo(0.002, 9);
});

it("round trip of an answer that comes before the ping should have left is none", () => {
  expect(roundTripS(2, 2_000_400)).toBe(0);
});
