import { expect, it } from "vitest";
import { LiveEnergy } from "./live-energy.js";

const bands = (low: number, mid: number, high: number) => [
  low,
  ...new Array<number>(8).fill(mid),
  ...new Array<number>(7).fill(high),
];

it("live energy is the power of its bands, and is gone when levels stop", () => {
  const energy = new LiveEnergy();
  expect(energy.at(0)).toBeUndefined();

  energy.hear(bands(1, 0.5, 0), 1);

  expect(energy.at(1.4)).toEqual({ low: 1, mid: 0.25, high: 0 });
  expect(energy.at(1.6)).toBeUndefined();
});

it("live energy follows a hit within some frames", () => {
  const energy = new LiveEnergy();
  energy.hear(bands(0, 0, 0), 0);
  for (let frame = 1; frame <= 5; frame++) energy.hear(bands(1, 1, 1), frame * 0.02);

  expect(energy.at(0.1)?.low).toBeCloseTo(1 - Math.exp(-1), 6);
});
