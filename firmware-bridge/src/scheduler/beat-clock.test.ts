import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { BeatCue } from "../outputs/output.js";
import { BeatClock } from "./beat-clock.js";
import type { Lattice } from "./beat-lattice.js";

const cue = (index: number, dueAt: number): BeatCue => ({
  beatId: `s-${index}`,
  dueAt,
  fireAt: dueAt,
  beatInBar: (index % 4) + 1,
  beatsPerBar: 4,
  bar: 7 + Math.floor(index / 4),
  bpm: 120,
  confidence: 0.9,
  energy: { low: 0, mid: 0, high: 0 },
  source: "announced",
});

const next = (index: number, at: number): Lattice => ({
  at,
  period: 0.5,
  beatInBar: (index % 4) + 1,
  beatsPerBar: 4,
  bar: 7 + Math.floor(index / 4),
});

describe("beat clock", () => {
  it("runs from whole to whole between two beats", () => {
    const clock = new BeatClock();
    clock.cue(cue(2, 1));

    const readings = [1, 1.125, 1.25, 1.4].map((at) => clock.read(at, next(3, 1.5), true));

    expect(readings.map(({ beatPosition }) => beatPosition)).toEqual([1, 1.25, 1.5, expect.closeTo(1.8, 9)]);
    expect(readings.map(({ barPhase }) => barPhase)).toEqual([2, 2.25, 2.5, expect.closeTo(2.8, 9)]);
    expect(readings[0]).toMatchObject({ bar: 7, bpm: 120, beatPhase: 0 });
  });

  it("bends towards a beat that was revised, without a jump", () => {
    const clock = new BeatClock();
    clock.cue(cue(0, 1));
    const before = clock.read(1.3, next(1, 1.5), true).beatPosition;

    const same = clock.read(1.3, next(1, 1.4), true).beatPosition;
    const half = clock.read(1.35, next(1, 1.4), true).beatPosition;

    expect(same).toBe(before);
    expect(half).toBeCloseTo(1.8, 9);
  });

  it("waits just before a beat that does not come, and stands still when told so", () => {
    const clock = new BeatClock();
    clock.cue(cue(0, 1));
    clock.read(1.2, next(1, 1.5), true);

    const waiting = clock.read(1.9, next(1, 1.5), true).beatPosition;
    const standing = clock.read(2.5, undefined, false).beatPosition;

    expect(waiting).toBeCloseTo(2, 5);
    expect(waiting).toBeLessThan(2);
    expect(standing).toBe(waiting);
  });

  it("reads zero before the first beat", () => {
    const reading = new BeatClock().read(5, undefined, true);

    expect(reading).toMatchObject({ beatPosition: 0, bpm: 0, barPhase: 0, bar: 0 });
  });

  it("never falls and is whole at each beat, whatever is expected meanwhile", () => {
    const step = fc.record({
      wait: fc.double({ min: 0.001, max: 0.4, noNaN: true }),
      guess: fc.double({ min: -0.3, max: 0.6, noNaN: true }),
      beats: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(step, { minLength: 2, maxLength: 60 }), (steps) => {
        const clock = new BeatClock();
        let [at, last, count] = [0, 0, 0];
        for (const { wait, guess, beats } of steps) {
          at += wait;
          if (beats) clock.cue(cue(count++, at));
          const expected = next(count, at + (beats ? 0.2 + Math.abs(guess) : guess));
          const { beatPosition, beatPhase } = clock.read(at, expected, true);
          expect(beatPosition).toBeGreaterThanOrEqual(last);
          expect(beatPhase).toBeLessThan(1);
          if (beats) expect(beatPosition).toBe(count);
          last = beatPosition;
        }
      }),
    );
  });
});
