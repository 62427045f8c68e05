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

  const early = collector.take(10.25).fallen;
  const late = collector.take(10.35).fallen;

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
  expect(collector.take(99).fallen).toEqual([]);
});

test("the last revision counts, whatever order they come in", () => {
  const collector = new HistoryCollector();
  collector.hear(prediction("a-1", { rev: 2, bpm: 122 }), 10);
  collector.hear(prediction("a-1", { rev: 1, bpm: 121 }), 10);

  expect(collector.take(11).fallen.map(({ beat }) => beat.bpm)).toEqual([122]);
});

test("a withdrawn beat did not happen", () => {
  const collector = new HistoryCollector();
  collector.hear(prediction("a-1"), 10);
  collector.hear(prediction("a-1", { rev: 1, state: "withdrawn" }), 10.05);

  expect(collector.take(11).fallen).toEqual([]);
});

test("beats come out in the order in which they fell", () => {
  const collector = new HistoryCollector();
  collector.hear(prediction("a-1", { dueInMs: 190 }), 10);
  collector.hear(prediction("a-2", { dueInMs: 150 }), 10);

  expect(collector.take(11).fallen.map(({ beat }) => beat.beatId)).toEqual(["a-2", "a-1"]);
});

test("a beat that has fallen does not come again, whatever is said about it later", () => {
  const collector = new HistoryCollector();
  collector.hear(prediction("a-1"), 10);
  collector.take(11);

  collector.hear(prediction("a-1", { rev: 1 }), 11);

  expect(collector.take(99).fallen).toEqual([]);
});

test("beats that were announced while nobody listened are missed", () => {
  const collector = new HistoryCollector({ settled: [{ name: "a", number: 1 }] });

  collector.hear(prediction("a-5", { dueAtUs: 77 }), 10);
  collector.hear(prediction("a-3"), 10);

  const { fallen, missed } = collector.take(11);
  expect(missed).toEqual([{ count: 3, atUs: 77 }]);
  expect(fallen.map(({ beat }) => beat.beatId)).toEqual(["a-5"]);
});

test("what a mark says beyond what was heard is missed, once", () => {
  const collector = new HistoryCollector({ settled: [{ name: "a", number: 1 }] });
  collector.hear(prediction("a-2"), 10);
  const mark = { name: "a", number: 6, atUs: 70 };

  collector.learn(mark);
  collector.learn(mark);

  expect(collector.take(10)).toEqual({ fallen: [], missed: [] });
  expect(collector.isSettled(mark)).toBe(false);
  expect(collector.take(11)).toMatchObject({ fallen: [{}], missed: [{ count: 4, atUs: 70 }] });
  expect(collector.isSettled(mark)).toBe(true);
  collector.hear(prediction("a-6"), 12);
  expect(collector.take(99)).toEqual({ fallen: [], missed: [] });
});

test("what is settled ends before the first beat that is still open, whatever fell or was missed after it", () => {
  const collector = new HistoryCollector();
  collector.hear(prediction("a-0"), 10);
  collector.hear(prediction("a-1", { dueInMs: 5000 }), 10);
  collector.hear(prediction("a-2"), 10);
  collector.hear(prediction("a-5"), 10);

  expect(collector.take(11).fallen.map(({ beat }) => beat.beatId)).toEqual(["a-0"]);
  expect(collector.settled()).toEqual([{ name: "a", number: 0 }]);
  const later = collector.take(99);

  expect(later.fallen.map(({ beat }) => beat.beatId)).toEqual(["a-2", "a-5", "a-1"]);
  expect(later.missed).toMatchObject([{ count: 2 }]);
  expect(collector.settled()).toEqual([{ name: "a", number: 5 }]);
});

test("of each session the last settled beat is known", () => {
  const collector = new HistoryCollector({ settled: [{ name: "a", number: 7 }] });

  collector.hear(prediction("b-0"), 10);
  collector.take(11);

  expect(collector.settled()).toEqual([
    { name: "a", number: 7 },
    { name: "b", number: 0 },
  ]);
});

test("beats beyond what can be held are counted", () => {
  const collector = new HistoryCollector();

  for (let k = 0; k < 10_003; k++) collector.hear(prediction(`a-${k}`), 10);
  const { fallen, missed } = collector.take(11);

  expect(fallen).toHaveLength(10_000);
  expect(missed).toEqual([{ count: 3, atUs: 1_800_000_000_000_000 }]);
  expect(collector.settled()).toEqual([{ name: "a", number: 10_002 }]);
});
