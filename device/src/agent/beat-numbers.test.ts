import { expect, test } from "vitest";
import { BeatNumbers, beatNumberOf } from "./beat-numbers.js";

const beat = (id: string) => beatNumberOf(id)!;

test("beats in a row miss nothing", () => {
  const numbers = new BeatNumbers();

  expect(["a-0", "a-1", "a-2"].map((id) => numbers.hear(beat(id), 5))).toEqual([[], [], []]);
});

test("a gap is missed, also one before the first beat of a session", () => {
  const numbers = new BeatNumbers();

  expect(numbers.hear(beat("a-3"), 5)).toEqual([{ count: 3, atUs: 5 }]);
  expect(numbers.hear(beat("a-4"), 6)).toEqual([]);
  expect(numbers.hear(beat("a-8"), 7)).toEqual([{ count: 3, atUs: 7 }]);
  expect(numbers.hear(beat("b-1"), 8)).toEqual([{ count: 1, atUs: 8 }]);
});

test("while hearing went on, what is after the last beat in the outbox is missed", () => {
  const numbers = new BeatNumbers({ settled: beat("a-9"), mark: { ...beat("a-12"), atUs: 4 } });

  expect(numbers.hear(beat("a-20"), 5)).toEqual([{ count: 10, atUs: 5 }]);
});

test("when hearing ended too, what it had announced by then is missed, at its time", () => {
  const numbers = new BeatNumbers({ settled: beat("a-9"), mark: { ...beat("a-12"), atUs: 4 } });

  expect(numbers.hear(beat("b-2"), 500)).toEqual([
    { count: 3, atUs: 4 },
    { count: 2, atUs: 500 },
  ]);
});

test("what was announced before anything was settled is missed as well", () => {
  const mark = { ...beat("a-12"), atUs: 4 };

  expect(new BeatNumbers({ mark }).hear(beat("b-0"), 500)).toEqual([{ count: 13, atUs: 4 }]);
  expect(new BeatNumbers({ mark }).hear(beat("a-14"), 500)).toEqual([{ count: 14, atUs: 500 }]);
});

test("a beat at or before the newest is not new", () => {
  const numbers = new BeatNumbers({ settled: beat("a-9") });

  expect(numbers.isNew(beat("a-9"))).toBe(false);
  expect(numbers.isNew(beat("a-10"))).toBe(true);
  expect(numbers.isNew(beat("b-1"))).toBe(true);
  expect(beatNumberOf("noNumber")).toBe(undefined);
});
