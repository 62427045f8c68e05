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
      beatId: "a-1",
      atUs: 1_800_000_000_000_000,
      beatInBar: 1,
      beatsPerBar: 4,
      bar: 7,
      bpm: 120,
      confidence: 0.9,
      source: "tracker",
    },
  ]);
  expect(collector.take(99)).toEqual([]);
});

test("the last revision counts, whatever order they come in", () => {
  const collector = new HistoryCollector();
  collector.hear(prediction("a-1", { rev: 2, bpm: 122 }), 10);
  collector.hear(prediction("a-1", { rev: 1, bpm: 121 }), 10);

  expect(collector.take(11).map(({ bpm }) => bpm)).toEqual([122]);
});

test("a withdrawn beat did not happen", () => {
  const collector = new HistoryCollector();
  collector.hear(prediction("a-1"), 10);
  collector.hear(prediction("a-1", { rev: 1, state: "withdrawn" }), 10.05);

  expect(collector.take(11)).toEqual([]);
});

test("beats come out in the order in which they fell", () => {
  const collector = new HistoryCollector();
  collector.hear(prediction("a-2", { dueInMs: 190 }), 10);
  collector.hear(prediction("a-1", { dueInMs: 150 }), 10);

  expect(collector.take(11).map(({ beatId }) => beatId)).toEqual(["a-1", "a-2"]);
});
