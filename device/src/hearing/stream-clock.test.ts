import { expect, test } from "vitest";
import { StreamClock } from "./stream-clock.js";

/** Blocks of 10 ms; `stamp` says when the block at this stream time was in the room. */
function feed(clock: StreamClock, from: number, to: number, stamp: (stream: number) => number): void {
  for (let block = Math.round(from * 100); block < to * 100; block++) clock.observe(block / 100, stamp(block / 100));
}

test("stream clock gives the stamps back when they are exact", () => {
  const clock = new StreamClock();

  feed(clock, 0, 10, (stream) => 100 + stream);

  expect(clock.monotonicAt(9.5)).toBeCloseTo(109.5, 6);
  expect(clock.streamAt(109.5)).toBeCloseTo(9.5, 6);
});

test("stream clock averages jitter out", () => {
  const clock = new StreamClock();
  let k = 0;

  feed(clock, 0, 60, (stream) => 100 + stream + (k++ % 7) * 0.003 - 0.009);

  expect(Math.abs(clock.monotonicAt(60) - 160)).toBeLessThan(0.002);
});

test("stream clock learns that the card runs slow", () => {
  const clock = new StreamClock();

  feed(clock, 0, 120, (stream) => 100 + stream * 1.0001);

  expect(clock.monotonicAt(120)).toBeCloseTo(100 + 120 * 1.0001, 4);
});

test("stream clock never jumps when the stamps move by 30 ms", () => {
  const clock = new StreamClock();
  feed(clock, 0, 20, (stream) => 100 + stream);
  let largestStep = 0;
  let before = clock.monotonicAt(20);

  for (let block = 2000; block < 8000; block++) {
    clock.observe(block / 100, 100.03 + block / 100);
    largestStep = Math.max(largestStep, Math.abs(clock.monotonicAt((block + 1) / 100) - before - 0.01));
    before = clock.monotonicAt((block + 1) / 100);
  }

  expect(largestStep).toBeLessThan(0.0001);
  expect(clock.monotonicAt(80)).toBeCloseTo(180.03, 2);
});

test("stream clock starts anew when a source comes back elsewhere in time", () => {
  const clock = new StreamClock();
  feed(clock, 0, 20, (stream) => 100 + stream);

  feed(clock, 20, 21, (stream) => 105 + stream);

  expect(clock.reanchored).toBe(1);
  expect(clock.monotonicAt(21)).toBeCloseTo(126, 6);
});
