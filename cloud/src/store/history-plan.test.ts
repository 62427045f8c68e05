import { describe, expect, it } from "vitest";
import { planHistory } from "./history-plan.js";

const SECOND = 1_000_000;
const HOUR = 3600 * SECOND;

describe("history plan", () => {
  it("reads the beats themselves when the buckets are short", () => {
    expect(planHistory({ fromUs: 0, toUs: 60 * SECOND, points: 120 })).toEqual({
      fromUs: 0,
      toUs: 60 * SECOND,
      bucketUs: 0.5 * SECOND,
      tierS: undefined,
    });
  });

  it("reads the coarsest rollup that divides the bucket", () => {
    const tierFor = (hours: number, points: number) => planHistory({ fromUs: 0, toUs: hours * HOUR, points }).tierS;

    expect(tierFor(1, 300)).toBe(10);
    expect(tierFor(24, 300)).toBe(300);
    expect(tierFor(24 * 14, 300)).toBe(3600);
  });

  it("widens the range to whole buckets", () => {
    const plan = planHistory({ fromUs: 12.3 * SECOND, toUs: 71.2 * SECOND, points: 10 });

    expect(plan).toEqual({ fromUs: 10 * SECOND, toUs: 80 * SECOND, bucketUs: 10 * SECOND, tierS: 10 });
  });

  it("never takes more buckets than were asked for, at any range", () => {
    for (let range = 1; range < 5_000_000; range = range * 3 + 7) {
      for (const points of [50, 299, 2000]) {
        const plan = planHistory({ fromUs: 17 * SECOND, toUs: (17 + range) * SECOND, points });
        expect((plan.toUs - plan.fromUs) / plan.bucketUs).toBeLessThanOrEqual(points);
        expect(plan.fromUs).toBeLessThanOrEqual(17 * SECOND);
        expect(plan.toUs).toBeGreaterThanOrEqual((17 + range) * SECOND);
      }
    }
  });

  it("refuses an empty range and one that no bucket is wide enough for", () => {
    expect(() => planHistory({ fromUs: 5, toUs: 5, points: 10 })).toThrow("empty");
    expect(() => planHistory({ fromUs: 0, toUs: 1e16, points: 1 })).toThrow("too long");
  });
});
