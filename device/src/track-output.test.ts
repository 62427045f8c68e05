import { expect, test } from "vitest";
import type { GridEvent } from "./grid/grid-event.js";
import { type TrackFormat, TrackOutput } from "./track-output.js";

function event(beatId: string, time: number, announcedAt: number, fields: Partial<GridEvent> = {}): GridEvent {
  return {
    beatId,
    rev: 0,
    state: "announced",
    time,
    beatInBar: 1,
    beatsPerBar: 4,
    bar: 0,
    bpm: 120,
    confidence: 0.9,
    uncertaintyMs: 5,
    source: "tracker",
    announcedAt,
    ...fields,
  };
}

function textOf(format: TrackFormat, events: GridEvent[], duration = 10): string {
  const output = new TrackOutput({ format, freezeMs: 100 });
  for (const one of events) output.add(one);
  return output.text(duration);
}

test("beats stand as they stood 100 ms before they fell", () => {
  const text = textOf("beats", [
    event("f-1", 1, 0.8),
    event("f-1", 1.02, 0.9, { rev: 1, state: "revised", beatInBar: 2 }),
    event("f-1", 1.05, 0.97, { rev: 2, state: "revised" }),
  ]);

  expect(text).toBe("1.020\t2\n");
});

test("beats leave out what was withdrawn, and what came too late to be in force", () => {
  const text = textOf("beats", [
    event("f-1", 1, 0.8),
    event("f-1", 1, 0.88, { rev: 1, state: "withdrawn" }),
    event("f-2", 1.5, 1.45),
    event("f-3", 2, 1.8, { beatInBar: 0 }),
  ]);

  expect(text).toBe("2.000\t0\n");
});

test("no beat is printed after the end of the file", () => {
  const events = [event("f-1", 1, 0.8), event("f-2", 1.5, 1.3)];

  expect(textOf("beats", events, 1.2)).toBe("1.000\t1\n");
  expect(textOf("jsonl", events, 1.2).trim().split("\n")).toHaveLength(1);
});

test("jsonl is every event with what a rig needs", () => {
  const text = textOf("jsonl", [event("f-1", 1, 0.8), event("f-1", 1.02, 0.9, { rev: 1, state: "revised" })]);

  expect(
    text
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line)),
  ).toEqual([
    { beatId: "f-1", rev: 0, state: "announced", time: 1, beatInBar: 1, announcedAt: 0.8, bpm: 120, confidence: 0.9 },
    { beatId: "f-1", rev: 1, state: "revised", time: 1.02, beatInBar: 1, announcedAt: 0.9, bpm: 120, confidence: 0.9 },
  ]);
});

test("jsonl withdraws a printed beat that moves behind the end of the file", () => {
  const text = textOf("jsonl", [event("f-1", 1, 0.8), event("f-1", 1.3, 0.85, { rev: 1, state: "revised" })], 1.2);

  expect(
    text
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line).state),
  ).toEqual(["announced", "withdrawn"]);
});

test("a silent file gives an empty output", () => {
  expect(textOf("beats", [])).toBe("");
  expect(textOf("jsonl", [])).toBe("");
});
