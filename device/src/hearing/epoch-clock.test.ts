import { expect, test } from "vitest";
import { EpochClock } from "./epoch-clock.js";

const START_MS = 1_800_000_000_000;

/** The wall clock is cut to whole milliseconds, as Date.now() is. */
function read(clock: EpochClock, from: number, to: number, ahead = 0): boolean {
  let stepped = false;
  for (let at = from; at < to; at += 0.0473) {
    stepped = clock.observe(at, Math.floor(START_MS + at * 1000 + ahead)) || stepped;
  }
  return stepped;
}

test("epoch clock is finer than the milliseconds it reads", () => {
  const clock = new EpochClock({ floorMs: 0 });

  read(clock, 0, 30);

  expect(Math.abs(clock.epochUsAt(30) - (START_MS * 1000 + 30_000_000))).toBeLessThan(100);
});

test("epoch clock inverts itself", () => {
  const clock = new EpochClock({ floorMs: 0 });

  read(clock, 0, 10);

  expect(clock.monotonicAt(clock.epochUsAt(7.25))).toBeCloseTo(7.25, 5);
});

test("epoch clock follows a clock that was set and calls it untrusted for a minute", () => {
  const clock = new EpochClock({ floorMs: 0 });
  read(clock, 0, 10);

  const stepped = read(clock, 10, 20, 3_600_000);

  expect(stepped).toBe(true);
  expect(Math.abs(clock.epochUsAt(20) - (START_MS + 20_000 + 3_600_000) * 1000)).toBeLessThan(1000);
  expect(clock.isTrusted(20)).toBe(false);
  expect(clock.isTrusted(80)).toBe(true);
});

test("epoch clock does not take one late reading for a step", () => {
  const clock = new EpochClock({ floorMs: 0 });
  read(clock, 0, 10);

  const stepped = clock.observe(10.1, START_MS + 10_100 + 400);

  expect(stepped).toBe(false);
  expect(Math.abs(clock.epochUsAt(10.1) - (START_MS + 10_100) * 1000)).toBeLessThan(1000);
});

test("epoch clock slews a small error instead of jumping", () => {
  const clock = new EpochClock({ floorMs: 0 });
  read(clock, 0, 10);
  const before = clock.epochUsAt(10);

  read(clock, 10, 14, 20);

  const moved = clock.epochUsAt(14) - before - 4_000_000;
  expect(moved).toBeGreaterThan(0);
  expect(moved).toBeLessThanOrEqual(2200);
});

test("epoch clock is not trusted before the time floor", () => {
  const clock = new EpochClock({ floorMs: START_MS + 60_000 });

  read(clock, 0, 10);

  expect(clock.isTrusted(10)).toBe(false);
});
