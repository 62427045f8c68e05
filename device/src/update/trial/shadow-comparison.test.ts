import { expect, test } from "vitest";
import { beatAgreement } from "./beat-agreement.js";
import { ShadowComparison, type Side } from "./shadow-comparison.js";

/** Sixty seconds of music; the beats of each side at these seconds. */
function compared(
  active: number[],
  candidate: number[],
  periods: Record<Side, number> = { active: 0.5, candidate: 0.5 },
) {
  const comparison = new ShadowComparison();
  const all = [
    ...active.map((time) => ({ side: "active" as const, time })),
    ...candidate.map((time) => ({ side: "candidate" as const, time })),
  ].sort((a, b) => a.time - b.time);
  for (let now = 0; now < 62; now += 0.04) {
    for (; all[0] && all[0].time <= now; all.shift())
      comparison.beat(all[0].side, { time: all[0].time, period: periods[all[0].side] });
    const music = now < 60;
    comparison.step(now, 0.04, {
      active: { music, period: periods.active },
      candidate: { music, period: periods.candidate },
    });
  }
  return comparison.result("m 1", 1.5);
}

const every = (period: number, offset = 0) => Array.from({ length: 60 / period }, (_, k) => 0.3 + offset + k * period);

test("two models that agree have no disagreement and no flips", () => {
  expect(compared(every(0.5), every(0.5, 0.03))).toEqual({
    model: "m 1",
    musicS: 60,
    disagreement: 0,
    octaveFlips: 0,
    instability: { active: 0, candidate: 0 },
    hopP99Ms: 1.5,
  });
});

test("beats without a partner are the disagreement", () => {
  expect(compared(every(0.5), every(0.5, 0.25)).disagreement).toBe(1);
  expect(compared(every(0.5), []).disagreement).toBe(1);
  expect(
    compared(
      every(0.5),
      every(0.5).filter((_, k) => k % 4 !== 0),
    ).disagreement,
  ).toBeCloseTo(1 / 7, 2);
});

test("double tempo that lasts is one octave flip", () => {
  const { octaveFlips, disagreement } = compared(every(0.5), every(0.25), { active: 0.5, candidate: 0.25 });

  expect(octaveFlips).toBe(1);
  expect(disagreement).toBeCloseTo(1 / 3, 1);
});

test("a tempo of two thirds is no octave", () => {
  expect(compared(every(0.6), every(0.4), { active: 0.6, candidate: 0.4 }).octaveFlips).toBe(0);
});

test("clip beats agree at the same time and the same place in the bar", () => {
  const clip = [1, 2, 3, 4].map((beatInBar) => ({ time: beatInBar / 2, beatInBar }));

  expect(beatAgreement(clip, clip, { toleranceMs: 20 })).toBe(1);
  expect(beatAgreement(clip, clip.slice(1), { toleranceMs: 20 })).toBeCloseTo(6 / 7);
  const late = clip.map((beat) => ({ ...beat, time: beat.time + 0.03 }));
  expect(beatAgreement(clip, late, { toleranceMs: 20 })).toBe(0);
  const turned = clip.map((beat) => ({ ...beat, beatInBar: (beat.beatInBar % 4) + 1 }));
  expect(beatAgreement(clip, turned, { toleranceMs: 20 })).toBe(0);
});
