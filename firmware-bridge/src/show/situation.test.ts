import { describe, expect, test } from "vitest";
import type { BeatCue, BeatPose, Energy } from "../outputs/output.js";
import { Situation } from "./situation.js";

const options = { buildUpBeats: 16, bassBelow: 0.15, bassGoneAfter: 4 };
const steady = { low: 0.6, mid: 0.5, high: 0.4 };

const cue = (beat: number, energy: Energy): BeatCue => ({
  beatId: `b-${beat}`,
  dueAt: beat * 0.5,
  fireAt: beat * 0.5,
  beatInBar: (beat % 4) + 1,
  beatsPerBar: 4,
  bar: Math.floor(beat / 4),
  bpm: 120,
  confidence: 1,
  energy,
  source: "announced",
});

const pose = (at: number) => ({ at, bpm: 120 }) as BeatPose;

/** What the situation was after each of so many beats of this energy. */
function play(situation: Situation, from: number, beats: Energy[]): string[] {
  return beats.map((energy, index) => {
    situation.beat(cue(from + index, energy));
    situation.advance(pose((from + index) * 0.5));
    return situation.kind;
  });
}

const times = (count: number, energy: Energy): Energy[] => new Array<Energy>(count).fill(energy);

describe("situation", () => {
  test("an announced drop is a build-up whose progress reaches 1 at the drop", () => {
    const situation = new Situation(options);
    play(situation, 0, times(8, steady));
    situation.expect({ kind: "drop", at: 12 });
    const progress = [3.5, 4, 8, 11.5].map((at) => {
      situation.advance(pose(at));
      return situation.progress;
    });
    situation.advance(pose(12));

    expect(progress).toEqual([0, 0, 0.5, 0.9375]);
    expect([situation.kind, situation.drops]).toEqual(["steady", 1]);
  });

  test("energy that keeps rising is a build-up, bass that comes back is its drop", () => {
    const situation = new Situation(options);
    play(situation, 0, times(16, { low: 0.4, mid: 0.3, high: 0.2 }));
    const rising = Array.from({ length: 16 }, (_, beat) => ({
      low: 0.3,
      mid: 0.4 + beat * 0.04,
      high: 0.4 + beat * 0.04,
    }));
    const kinds = play(situation, 16, rising);
    const dropped = play(situation, 32, [{ low: 0.9, mid: 0.9, high: 0.8 }]);

    expect(kinds.at(-1)).toBe("build-up");
    expect([dropped, situation.drops]).toEqual([["steady"], 1]);
  });

  test("four beats without bass after some are a breakdown, which ends with the first beat of bass", () => {
    const situation = new Situation(options);
    play(situation, 0, times(16, steady));
    const away = play(situation, 16, times(5, { low: 0.05, mid: 0.3, high: 0.3 }));
    const back = play(situation, 21, [steady]);

    expect(away).toEqual(["steady", "steady", "steady", "breakdown", "breakdown"]);
    expect(back).toEqual(["steady"]);
  });

  test("music that never had bass is no breakdown", () => {
    expect(play(new Situation(options), 0, times(12, { low: 0, mid: 0.4, high: 0.4 }))).toEqual(
      new Array(12).fill("steady"),
    );
  });

  test("a beat counts once, and only when it falls", () => {
    const situation = new Situation({ ...options, bassGoneAfter: 1 });
    play(situation, 0, [steady]);
    situation.beat(cue(1, { ...steady, low: 0 }));
    situation.beat(cue(1, { ...steady, low: 0 }));
    situation.advance(pose(0.4));
    const before = situation.kind;
    situation.advance(pose(0.5));

    expect([before, situation.kind]).toEqual(["steady", "breakdown"]);
  });
});
