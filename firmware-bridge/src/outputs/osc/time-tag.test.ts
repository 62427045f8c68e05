import { expect, test } from "vitest";
import { EpochOffset, timeTagOf } from "./time-tag.js";

test("timeTagOf() counts from 1900 and gives the fraction in 32 bits", () => {
  expect(timeTagOf(0)).toEqual([0x83aa7e80, 0]);
  expect(timeTagOf(1_700_000_000.25)).toEqual([3_908_988_800, 0x40000000]);
});

test("timeTagOf() carries a fraction that rounds up to a whole second", () => {
  expect(timeTagOf(99.99999999999)).toEqual([0x83aa7e80 + 100, 0]);
});

test("timeTagOf() wraps in February 2036, where era 1 begins", () => {
  expect(timeTagOf(2_085_978_496)).toEqual([0, 0]);
});

test("epoch offset approaches the truth from readings that were cut to milliseconds", () => {
  const offset = new EpochOffset();
  const trueOffset = 1000.0006;
  let estimate = 0;
  for (let i = 0; i < 200; i++) {
    const monotonicS = i * 0.0253;
    estimate = offset.observe({ epochMs: Math.floor((monotonicS + trueOffset) * 1000 + 1e-6), monotonicS });
  }

  expect(Math.abs(estimate - trueOffset)).toBeLessThan(0.0001);
});

test("epoch offset follows a clock that is set, forward and back", () => {
  const offset = new EpochOffset();
  offset.observe({ epochMs: 1_000_000, monotonicS: 0 });

  expect(offset.observe({ epochMs: 9_000_000, monotonicS: 1 })).toBe(8999);
  expect(offset.observe({ epochMs: 2_000_000, monotonicS: 2 })).toBe(1998);
});
