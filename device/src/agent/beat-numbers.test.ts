import { expect, test } from "vitest";
import { beatNumberOf } from "../beat-mark.js";
import { BeatNumbers } from "./beat-numbers.js";

const beat = (id: string) => beatNumberOf(id)!;
const mark = (id: string) => ({ ...beat(id), atUs: 4 });

test("beats in a row miss nothing", () => {
  const numbers = new BeatNumbers();

  expect(["a-0", "a-1", "a-2"].map((id) => numbers.hear(beat(id)))).toEqual([0, 0, 0]);
});

test("a gap is missed, also one before the first beat of a session", () => {
  const numbers = new BeatNumbers();

  expect(["a-3", "a-4", "a-8", "b-1"].map((id) => numbers.hear(beat(id)))).toEqual([3, 0, 3, 1]);
});

test("while hearing went on, what is after the last beat in the outbox is missed", () => {
  const numbers = new BeatNumbers({ settled: [beat("z-7"), beat("a-9")] });

  expect(numbers.learn(mark("a-12"))).toBe(3);
  expect(numbers.hear(beat("a-20"))).toBe(7);
});

test("of each session that has ended, what it had announced is missed, once", () => {
  const numbers = new BeatNumbers({ settled: [beat("a-9")] });

  expect(["a-12", "b-4", "a-12", "b-4"].map((id) => numbers.learn(mark(id)))).toEqual([3, 5, 0, 0]);
  expect(numbers.hear(beat("c-2"))).toBe(2);
});

test("where nothing is known of the lives before, what they may have counted is not counted again", () => {
  const numbers = new BeatNumbers({ isForgetful: true });

  expect(numbers.learn(mark("a-400"))).toBe(0);
  expect(["b-5000", "b-5002", "c-1"].map((id) => numbers.hear(beat(id)))).toEqual([0, 1, 1]);
});

test("a beat at or before the newest of its session is not new", () => {
  const numbers = new BeatNumbers({ settled: [beat("a-9")] });

  expect(["a-9", "a-10", "b-1"].map((id) => numbers.isNew(beat(id)))).toEqual([false, true, true]);
});
