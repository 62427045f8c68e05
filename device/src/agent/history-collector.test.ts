import type { BeatPrediction } from "@tactus/shared";
import { expect, test } from "vitest";
import { HistoryCollector } from "./history-collector.js";

function prediction(beatId: string, fields: Partial<BeatPrediction> = {}): BeatPrediction {
  return {
    v: 1,
    beatId,
    rev: 0,
    state: "announced",
    dueAtUs: 1_800_000_000_000_000,
    dueInMs: 200,
    beatInBar: 1,
    beatsPerBar: 4,
    bar: 7,
    bpm: 120,
    confidence: 0.9,
    uncertaintyMs: 6,
    source: "tracker",
    energy: { low: 0.5, mid: 0.5, high: 0.5 },
    ...fields,
  };
}

test("a beat becomes history when it has fallen, not before", () => {
  const collector = new HistoryCollector();
  collector.hear(prediction("a-1"), 10);

  const early = collector.take(10.25);
  const late = collector.take(10.35);

  expect(early).toEqual([]);
  expect(late).toEqual([
    {
      beat: {
        beatId: "a-1",
        atUs: 1_800_000_000_000_000,
        beatInBar: 1,
        beatsPerBar: 4,
        bar: 7,
        bpm: 120,
        confidence: 0.9,
        source: "tracker",
      },
      monotonicUs: 10_200_000,
    },
  ]);
  expect(collector.take(99)).toEqual([]);
});

test("the last revision counts, whatever order they come in", () => {
  const collector = new HistoryCollector();
  collector.hear(prediction("a-1", { rev: 2, bpm: 122 }), 10);
  collector.hear(prediction("a-1", { rev: 1, bpm: 121 }), 10);

  expect(collector.take(11).map(({ beat }) => beat.bpm)).toEqual([122]);
});

test("a withdrawn beat did not happen", () => {
  const collector = new HistoryCollector();
  collector.hear(prediction("a-1"), 10);
  collector.hear(prediction("a-1", { rev: 1, state: "withdrawn" }), 10.05);

  expect(collector.take(11)).toEqual([]);
});

test("beats come out in the order in which they fell", () => {
  const collector = new HistoryCollector();
  collector.hear(prediction("a-1", { dueInMs: 190 }), 10);
  collector.hear(prediction("a-2", { dueInMs: 150 }), 10);

  expect(collector.take(11).map(({ beat }) => beat.beatId)).toEqual(["a-2", "a-1"]);
});

test("a beat that has fallen does not come again, whatever is said about it later", () => {
  const collector = new HistoryCollector();
  collector.hear(prediction("a-1"), 10);
  collector.take(11);

  collector.hear(prediction("a-1", { rev: 1 }), 11);

  expect(collector.take(99)).toEqual([]);
});

test("beats that were announced while nobody listened are missed", () => {
  const collector = new HistoryCollector({ settled: { name: "a", number: 1 } });

  expect(collector.hear(prediction("a-5", { dueAtUs: 77 }), 10)).toEqual([{ count: 3, atUs: 77 }]);
  expect(collector.hear(prediction("a-3"), 10)).toEqual([]);
  expect(collector.take(11).map(({ beat }) => beat.beatId)).toEqual(["a-5"]);
});

test("what is settled ends before the first beat that is still open", () => {
  const collector = new HistoryCollector();
  collector.hear(prediction("a-1"), 10);
  collector.hear(prediction("a-2", { dueInMs: 5000 }), 10);

  expect(collector.settled()).toEqual({ name: "a", number: 0 });
  collector.take(11);
  expect(collector.settled()).toEqual({ name: "a", number: 1 });
  collector.take(99);
  expect(collector.settled()).toEqual({ name: "a", number: 2 });
});
