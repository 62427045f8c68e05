import type { Beat } from "@tactus/shared";
import { expect, test } from "vitest";
import { HistoryQueue } from "./history-queue.js";

const beats = (count: number): Beat[] =>
  Array.from({ length: count }, (_, k) => ({
    beatId: `s-${k}`,
    atUs: 1_800_000_000_000_000 + k,
    beatInBar: 1,
    beatsPerBar: 4,
    bar: 1,
    bpm: 120,
    confidence: 1,
    source: "tracker",
  }));
const queueOf = (options: { maxBeats?: number; window?: number } = {}) =>
  new HistoryQueue({ session: "s", ...options });
const numbers = (batches: { sequence: number }[]) => batches.map(({ sequence }) => sequence);

test("batches are numbered from 0 and kept until they are acknowledged", () => {
  const queue = queueOf();
  queue.add(beats(2));
  const first = queue.takeDue(0);
  queue.add(beats(3));
  const second = queue.takeDue(1);

  queue.acknowledge("s", 0);
  queue.acknowledge("s", 1);

  expect(numbers(first)).toEqual([0]);
  expect(numbers(second)).toEqual([1]);
  expect(queue.waitingBeats).toBe(0);
});

test("a batch that was not acknowledged is sent again, unchanged", () => {
  const queue = queueOf();
  queue.add(beats(2));
  const [sent] = queue.takeDue(0);

  queue.add(beats(1));
  const again = queue.takeDue(21);

  expect(numbers(again)).toEqual([0, 1]);
  expect(again[0]).toEqual(sent);
  expect(again[0]?.beats).toHaveLength(2);
});

test("a broken link makes everything on its way due at once", () => {
  const queue = queueOf();
  queue.add(beats(2));
  queue.takeDue(0);

  queue.linkLost();

  expect(numbers(queue.takeDue(1))).toEqual([0]);
});

test("beats that wait for a link are gathered in one batch", () => {
  const queue = queueOf();

  for (let k = 0; k < 100; k++) queue.add(beats(2));

  const [batch] = queue.takeDue(0);
  expect(batch?.beats).toHaveLength(200);
});

test("no more batches are on their way than the window allows", () => {
  const queue = queueOf({ window: 2 });
  for (let k = 0; k < 4; k++) queue.add(beats(500));

  const first = queue.takeDue(0);
  const none = queue.takeDue(1);
  queue.acknowledge("s", 0);

  expect(numbers(first)).toEqual([0, 1]);
  expect(none).toEqual([]);
  expect(numbers(queue.takeDue(2))).toEqual([2]);
});

test("when it is full the oldest beats go and are counted", () => {
  const queue = queueOf({ maxBeats: 1000 });

  for (let k = 0; k < 3; k++) queue.add(beats(500));

  expect(queue.lostBeats).toBe(500);
  expect(numbers(queue.takeDue(0))).toEqual([1, 2]);
});

test("an acknowledgement of another session is not ours", () => {
  const queue = queueOf();
  queue.add(beats(2));
  queue.takeDue(0);

  queue.acknowledge("other", 0);
  queue.acknowledge("s", 17);

  expect(queue.waitingBeats).toBe(2);
});
