import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { AnnouncedBeat, GridReading } from "../feed/feed-event.js";
import type { BeatCue } from "../outputs/output.js";
import { CueScheduler } from "./cue-scheduler.js";

const LEAD_S = 0.2;
const energy = { low: 0, mid: 0, high: 0 };

const beat = (index: number, dueAt: number, changes: Partial<AnnouncedBeat> = {}): AnnouncedBeat => ({
  beatId: `s-${index}`,
  rev: 0,
  withdrawn: false,
  dueAt,
  beatInBar: (index % 4) + 1,
  beatsPerBar: 4,
  bar: Math.floor(index / 4),
  period: 0.5,
  confidence: 0.9,
  energy,
  ...changes,
});

const grid = (index: number, anchorAt: number, changes: Partial<GridReading> = {}): GridReading => ({
  music: true,
  running: true,
  period: 0.5,
  anchorAt,
  beatInBar: (index % 4) + 1,
  beatsPerBar: 4,
  bar: Math.floor(index / 4),
  confidence: 0.9,
  sure: false,
  validUntil: anchorAt + 3,
  ...changes,
});

function scheduler({ latency = 0, leadS = 0 } = {}): CueScheduler {
  const cues = new CueScheduler({ latency, leadS });
  cues.setMode("announced", 0);
  return cues;
}

/** Moves time on in milliseconds and collects what fires. */
function run(cues: CueScheduler, from: number, to: number): { cue: BeatCue; at: number }[] {
  const fired: { cue: BeatCue; at: number }[] = [];
  for (let at = from; at < to; at += 0.001) {
    const cue = cues.take(at);
    if (cue) fired.push({ cue, at });
  }
  return fired;
}

const ids = (fired: { cue: BeatCue }[]) => fired.map(({ cue }) => cue.beatId);

describe("cue scheduler", () => {
  it("plays one cue, not two, when the grid moves by half a beat just after a beat was filled in", () => {
    const cues = scheduler();
    cues.announce(beat(0, 1));
    cues.announce(beat(1, 1.5));
    const fired = run(cues, 0.9, 2.05); // 2.0 is filled in
    cues.announce(beat(2, 2.27));
    fired.push(...run(cues, 2.05, 2.6));

    const times = fired.map(({ cue }) => cue.dueAt);
    expect(times).toHaveLength(3);
    expect(Math.min(...times.slice(1).map((at, k) => at - (times[k] as number)))).toBeGreaterThan(0.35);
  });

  it("fires an announced beat once, at its time", () => {
    const cues = scheduler();
    cues.announce(beat(0, 1));

    const fired = run(cues, 0.8, 1.3);

    expect(ids(fired)).toEqual(["s-0"]);
    expect(fired[0]?.at).toBeCloseTo(1, 2);
  });

  it.each([0.08, -0.08])("fires by the latency of %f s earlier", (latency) => {
    const cues = scheduler({ latency });
    cues.announce(beat(0, 1));

    const [fired] = run(cues, 0.8, 1.3);

    expect(fired?.at).toBeCloseTo(1 - latency, 2);
    expect(fired?.cue.fireAt).toBeCloseTo(1 - latency, 9);
    expect(fired?.cue.dueAt).toBe(1);
  });

  it("hands a cue over ahead of its time to an output that wants it", () => {
    const cues = scheduler({ latency: 0.02, leadS: 0.05 });
    cues.announce(beat(0, 1));

    const [fired] = run(cues, 0.8, 1.3);

    expect(fired?.at).toBeCloseTo(0.93, 2);
    expect(fired?.cue.fireAt).toBeCloseTo(0.98, 9);
  });

  it("follows a revision, and ignores one that is older than what it knows", () => {
    const cues = scheduler();
    cues.announce(beat(0, 1));
    cues.announce(beat(0, 1.05, { rev: 2 }));
    cues.announce(beat(0, 0.95, { rev: 1 }));

    const fired = run(cues, 0.8, 1.3);

    expect(ids(fired)).toEqual(["s-0"]);
    expect(fired[0]?.at).toBeCloseTo(1.05, 2);
  });

  it("does not fire a withdrawn beat, nor anything in its place", () => {
    const cues = scheduler();
    cues.announce(beat(0, 1));
    cues.announce(beat(1, 1.5));
    run(cues, 0.9, 1.1);
    cues.announce(beat(1, 1.5, { rev: 1, withdrawn: true }));

    expect(run(cues, 1.1, 1.9)).toEqual([]);
  });

  it("fires a withdrawn beat neither when its announcement is repeated", () => {
    const cues = scheduler();
    cues.announce(beat(0, 1, { rev: 1, withdrawn: true }));
    cues.announce(beat(0, 1));

    expect(run(cues, 0.8, 1.3)).toEqual([]);
  });

  it("fills a lost announcement from the beat clock, and does not double it when it comes late", () => {
    const cues = scheduler();
    cues.announce(beat(0, 1));
    const before = run(cues, 0.9, 1.52);
    cues.announce(beat(1, 1.53));
    cues.announce(beat(2, 2.03));

    const after = run(cues, 1.52, 2.2);

    expect([...ids(before), ...ids(after)]).toEqual(["s-0", "free-1", "s-2"]);
    expect(before[1]?.cue).toMatchObject({ beatInBar: 2, bar: 0, source: "free-running" });
  });

  it("fills by the grid for an output that is slower than announcements are early", () => {
    const cues = scheduler({ latency: 0.4 });
    cues.grid(grid(0, 1));

    const fired = run(cues, 0.5, 2.2);

    expect(fired.map(({ cue }) => cue.dueAt)).toEqual([1, 1.5, 2, 2.5]);
    expect(fired.map(({ at }) => Number(at.toFixed(2)))).toEqual([0.6, 1.1, 1.6, 2.1]);
  });

  it("fills nothing when the grid says that it does not run", () => {
    const cues = scheduler();
    cues.announce(beat(0, 1));
    cues.grid(grid(0, 1, { running: false, music: false }));

    expect(ids(run(cues, 0.9, 3))).toEqual(["s-0"]);
  });

  it("counts what it missed after a standstill and goes on with the next beat", () => {
    const cues = scheduler();
    cues.announce(beat(0, 1));
    run(cues, 0.9, 1.1);

    const late = run(cues, 5.2, 5.6);

    expect(late.map(({ cue }) => cue.dueAt)).toEqual([5.5]);
    expect(cues.counts.skipped).toBeGreaterThan(0);
  });
});

interface Sent {
  at: number;
  beat?: AnnouncedBeat;
  grid?: GridReading;
}

/** What a device sends about `count` beats, and what becomes of it on the way. `chance`: [0, 1), one after another. */
function traffic(count: number, chance: () => number): { truth: number[]; sent: Sent[] } {
  const truth: number[] = [];
  const sent: Sent[] = [];
  let at = 1;
  let period = 0.5;
  for (let index = 0; index < count; index++) {
    period = Math.min(0.9, Math.max(0.32, period * (1 + (chance() - 0.5) * 0.01)));
    at += period;
    truth.push(at);
    sent.push(...messagesOf(beat(index, at, { period }), chance));
    if (index % 2 === 0) sent.push({ at: at - 0.15, grid: grid(index, at, { period }) });
  }
  return { truth, sent: sent.sort((a, b) => a.at - b.at) };
}

/** 80 % as they should be; the others lost, revised (their first word is wrong), late, repeated, or put in place of another. */
function messagesOf(announced: AnnouncedBeat, chance: () => number): Sent[] {
  const at = announced.dueAt - LEAD_S;
  const wrong = announced.dueAt + (chance() - 0.5) * 0.16;
  const kind = chance();
  if (kind < 0.07) return [];
  if (kind < 0.12) {
    const revision = { at: at + chance() * 0.1, beat: { ...announced, rev: 1 } };
    return [{ at, beat: { ...announced, dueAt: wrong } }, revision];
  }
  if (kind < 0.16) return [{ at: announced.dueAt - 0.1 + chance() * 0.4, beat: announced }];
  if (kind < 0.18) return [0, 0.05, 0.3].map((delay) => ({ at: at + delay, beat: announced }));
  if (kind < 0.2) {
    const other = { ...announced, beatId: `${announced.beatId}x`, dueAt: wrong };
    return [
      { at, beat: other },
      { at: at + 0.05, beat: { ...other, rev: 1, withdrawn: true } },
      { at: at + 0.05, beat: announced },
    ];
  }
  return [{ at, beat: announced }];
}

function play(cues: CueScheduler, sent: readonly Sent[]): number[] {
  const fired: number[] = [];
  const drain = (until: number) => {
    for (let next = cues.nextAt(); next <= until; next = cues.nextAt()) {
      const cue = cues.take(next);
      if (cue) fired.push(cue.dueAt);
    }
  };
  for (const { at, beat: announced, grid: reading } of sent) {
    drain(at);
    if (announced) cues.announce(announced);
    if (reading) cues.grid(reading);
  }
  drain((sent.at(-1)?.at ?? 0) + 0.3);
  return fired;
}

/** How many cues each beat got. The first and the last few are left out: before the first announcement nothing is known. */
function cuesPerBeat(truth: readonly number[], fired: readonly number[]): number[] {
  const counts = truth.map(() => 0);
  for (const due of fired) {
    let nearest = 0;
    for (let index = 0; index < truth.length; index++)
      if (Math.abs((truth[index] as number) - due) < Math.abs((truth[nearest] as number) - due)) nearest = index;
    counts[nearest] = (counts[nearest] as number) + 1;
  }
  return counts.slice(8, -4);
}

function generator(seed: number): () => number {
  let state = seed >>> 0 || 1;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

describe("exactly one cue per beat", () => {
  it("under loss, revision, delay, repetition and replacement, for any latency", () => {
    const cases = fc.record({
      seed: fc.integer({ min: 1, max: 2 ** 31 }),
      latency: fc.double({ min: -0.3, max: 0.6, noNaN: true }),
      leadS: fc.constantFrom(0, 0.02, 0.1),
    });
    fc.assert(
      fc.property(cases, ({ seed, latency, leadS }) => {
        const { truth, sent } = traffic(80, generator(seed));
        const counts = cuesPerBeat(truth, play(scheduler({ latency, leadS }), sent));
        expect(counts.filter((count) => count !== 1)).toEqual([]);
      }),
      { numRuns: 300 },
    );
  });

  it("over 10,000 beats of which a fifth is lost, revised or late", () => {
    const { truth, sent } = traffic(10_012, generator(42));

    const fired = play(scheduler({ latency: 0.03 }), sent);

    // Walk both lists together: quadratic matching would take minutes.
    let [missed, doubled, index] = [0, 0, 0];
    for (let k = 8; k < truth.length - 4; k++) {
      const [from, to] = [
        ((truth[k] as number) + (truth[k - 1] as number)) / 2,
        ((truth[k] as number) + (truth[k + 1] as number)) / 2,
      ];
      while (index < fired.length && (fired[index] as number) < from) index++;
      let count = 0;
      for (let at = index; at < fired.length && (fired[at] as number) < to; at++) count++;
      if (count === 0) missed++;
      if (count > 1) doubled++;
    }
    expect({ missed, doubled }).toEqual({ missed: 0, doubled: 0 });
  });
});
