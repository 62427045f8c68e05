import { expect, test } from "vitest";
import type { TrackerEstimate } from "../decoder/beat-tracker.js";
import { BeatGrid } from "./beat-grid.js";
import type { GridEvent } from "./grid-event.js";

const HOP = 0.02;

/** A tracker that believes in an even row of beats, four to the bar, downbeat at time 0. */
function estimateAt(now: number, period: number, offset = 0): TrackerEstimate {
  const number = Math.ceil((now - offset) / period + 1e-9);
  return {
    nextBeat: offset + number * period,
    period,
    uncertainty: 0.01,
    confidence: 0.9,
    place: { beatInBar: (((number % 4) + 4) % 4) + 1, beatsPerBar: 4, mass: 1 },
    evidence: 10,
  };
}

type Opinion = (now: number) => TrackerEstimate | undefined;

function play(grid: BeatGrid, from: number, to: number, opinion: Opinion): GridEvent[] {
  const events: GridEvent[] = [];
  for (let hop = Math.round(from / HOP); hop * HOP < to; hop++) {
    const now = hop * HOP;
    const estimate = opinion(now);
    events.push(...grid.advance(now, estimate !== undefined, estimate));
  }
  return events;
}

const newGrid = () => new BeatGrid({ lead: 0.2, freeze: 0.1, session: "t" });
const steady: Opinion = (now) => estimateAt(now, 0.5);

/** Beats in force 100 ms before they fall. */
function inForce(events: GridEvent[]): GridEvent[] {
  const latest = new Map<string, GridEvent>();
  for (const event of events) if (event.announcedAt <= event.time - 0.1 + 1e-9) latest.set(event.beatId, event);
  return [...latest.values()].filter((event) => event.state !== "withdrawn").sort((a, b) => a.time - b.time);
}

test("grid announces each beat once, 100 to 200 ms ahead, with its place in the bar", () => {
  const events = play(newGrid(), 0, 10, steady);

  expect(events.every((event) => event.state === "announced")).toBe(true);
  expect(events.length).toBe(20);
  for (const event of events) {
    expect(event.time - event.announcedAt).toBeGreaterThan(0.1);
    expect(event.time - event.announcedAt).toBeLessThanOrEqual(0.2 + 1e-9);
    expect(event.beatInBar).toBe((Math.round(event.time / 0.5) % 4) + 1);
  }
});

test("grid changes nothing within the freeze, however the tracker jumps", () => {
  let seed = 1;
  const random = (): number => {
    seed = (seed * 16807) % 2147483647;
    return seed / 2147483647;
  };
  let period = 0.5;
  let offset = 0;
  const wild: Opinion = (now) => {
    if (random() < 0.05) {
      period = 0.3 + 0.6 * random();
      offset = random();
    }
    return estimateAt(now, period, offset);
  };

  const events = play(newGrid(), 0, 120, wild);

  const latest = new Map<string, GridEvent>();
  for (const event of events) {
    const before = latest.get(event.beatId);
    expect(event.rev).toBe(before ? before.rev + 1 : 0);
    expect(event.time - event.announcedAt).toBeGreaterThan(0.1 - 1e-9);
    if (before) expect(before.time - event.announcedAt).toBeGreaterThan(0.1 - 1e-9);
    latest.set(event.beatId, event);
  }
  const beats = inForce(events);
  for (let i = 1; i < beats.length; i++) {
    expect((beats[i] as GridEvent).time - (beats[i - 1] as GridEvent).time).toBeGreaterThan(0.15);
  }
});

test("grid withdraws what is not final when the music stops, and is silent after", () => {
  const events = play(newGrid(), 0, 12, (now) => (now < 5.85 ? steady(now) : undefined));

  expect(events.at(-1)?.state).toBe("withdrawn");
  expect(inForce(events).at(-1)?.time).toBeLessThan(5.86);
});

test("grid at half tempo keeps every other beat without a jump", () => {
  const grid = newGrid();
  play(grid, 0, 4, steady);
  grid.override({ action: "half" }, 4, "test");

  const beats = inForce(play(grid, 4, 10, steady)).slice(1);

  for (let i = 1; i < beats.length; i++) {
    expect((beats[i] as GridEvent).time - (beats[i - 1] as GridEvent).time).toBeCloseTo(1, 5);
  }
  expect(beats[0]?.bpm).toBeCloseTo(60);
});

test("grid at double tempo adds the beats between", () => {
  const grid = newGrid();
  play(grid, 0, 4, steady);
  grid.override({ action: "double" }, 4, "test");

  const beats = inForce(play(grid, 4, 8, steady)).slice(1);

  expect(beats.length).toBeGreaterThan(13);
  expect(beats[0]?.bpm).toBeCloseTo(240);
});

test("grid moves the bar to the downbeat that the hand sets", () => {
  const grid = newGrid();
  play(grid, 0, 4.1, steady);
  grid.override({ action: "downbeat" }, 3.5, "test");

  const beats = inForce(play(grid, 4.1, 8, steady)).slice(1);

  for (const beat of beats) expect(beat.beatInBar).toBe(((Math.round(beat.time / 0.5) - 7 + 400) % 4) + 1);
});

test("grid follows taps when the tracker hears nothing but music", () => {
  const grid = newGrid();
  play(grid, 0, 2, steady);
  for (const at of [2.1, 2.8, 3.5, 4.2]) grid.override({ action: "tap" }, at, "test");

  const beats = inForce(play(grid, 4.3, 10, (now) => estimateAt(now, 0.5, 0.2))).slice(1);

  expect(beats[0]?.source).toBe("hand");
  expect(beats[0]?.bpm).toBeCloseTo(60 / 0.7, 0);
});

test("grid locked by hand goes on through silence; blackout stops it; release gives it back", () => {
  const grid = newGrid();
  play(grid, 0, 4, steady);
  expect(grid.override({ action: "lock" }, 4, "test").mode).toBe("locked");
  expect(inForce(play(grid, 4, 8, () => undefined)).length).toBeGreaterThan(6);

  grid.override({ action: "blackout", on: true }, 8, "test");
  expect(inForce(play(grid, 8, 10, () => undefined)).length).toBeLessThan(2);

  expect(grid.override({ action: "release" }, 10, "test").mode).toBe("automatic");
  expect(inForce(play(grid, 10, 12, steady)).length).toBeGreaterThan(2);
});

test("grid refuses to hold a tempo that is not there, and says why", () => {
  expect(newGrid().override({ action: "hold" }, 0, "test").refused).toMatch(/give bpm/);
});

test("grid shifted by a nudge stays shifted", () => {
  const grid = newGrid();
  play(grid, 0, 4, steady);
  grid.override({ action: "nudge", ms: 40 }, 4, "test");

  const beats = inForce(play(grid, 4, 8, steady)).slice(1);

  for (const beat of beats) expect(beat.time - Math.floor(beat.time / 0.5) * 0.5).toBeCloseTo(0.04, 3);
});
