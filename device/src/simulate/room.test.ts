import { expect, test } from "vitest";
import { Room, type RoomBeat } from "./room.js";

const NOON = Date.parse("2026-03-01T12:00:00Z") * 1000;
const HOUR = 3_600_000_000;

function beatsOf(options: Partial<ConstructorParameters<typeof Room>[0]>, hours: number): RoomBeat[] {
  const room = new Room({ seed: "a", fromUs: NOON, hours: "always", ...options });
  const beats: RoomBeat[] = [];
  while (room.nextUs < NOON + hours * HOUR) beats.push(room.take());
  return beats;
}

test("a room plays beats in order, at tempi that wander about those of its songs, in bars of four", () => {
  const beats = beatsOf({ bpm: 120 }, 10);
  const steps = beats.slice(1).map((beat, index) => (beat.atUs - (beats[index]?.atUs ?? 0)) / 1e6);

  expect(Math.min(...steps)).toBeGreaterThan(0.35);
  expect(steps.filter((step) => step > 20).length).toBeGreaterThan(3); // pauses between sets
  expect(beats.slice(0, 5).map(({ beatInBar }) => beatInBar)).toEqual([1, 2, 3, 4, 1]);
  const mean = beats.reduce((sum, { bpm }) => sum + bpm, 0) / beats.length;
  expect(Math.abs(mean - 120)).toBeLessThan(12);
});

test("the same seed plays the same, another one something else", () => {
  expect(beatsOf({}, 0.2)).toEqual(beatsOf({}, 0.2));
  expect(beatsOf({ seed: "b" }, 0.2)).not.toEqual(beatsOf({}, 0.2));
});

test("a room with evening hours is silent by day", () => {
  const beats = beatsOf({ hours: "evenings" }, 72);
  const hours = new Set(beats.map(({ atUs }) => new Date(atUs / 1000).getUTCHours()));

  expect(beats.length).toBeGreaterThan(72 * 60 * 20);
  for (const hour of [6, 9, 12, 15]) expect(hours.has(hour), `${hour} o'clock`).toBe(false);
  expect(hours.has(22)).toBe(true);
});
