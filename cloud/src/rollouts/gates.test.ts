import { describe, expect, it } from "vitest";
import { type GateOptions, judge } from "./gates.js";
import { addHealth, type HealthSums, noHealth } from "./health-sums.js";
import type { HealthUnit } from "./health-unit.js";
import { RolloutSpec } from "./rollout.js";

const { tolerances, limits, alpha } = RolloutSpec.parse({ model: "m", version: "1.0.0" });
const OPTIONS: GateOptions = { tolerances, limits, alpha, holdAt: 5 };

interface Kind {
  change?: number;
  flips?: number;
  hopP99Ms?: number;
  windows?: number;
}

/** Ten minutes of music a window; alternating a little, as music does. */
function health({ change = 0.02, flips = 0, hopP99Ms = 2, windows = 0 }: Kind): HealthSums {
  const sums = noHealth();
  for (let k = 0; k < windows; k++) {
    const window = {
      model: "m 1.0.0",
      seconds: 600,
      musicS: 600,
      lockedS: 590,
      beats: 1200,
      periodChange: 1200 * change * (k % 2 === 0 ? 1.1 : 0.9),
      octaveFlips: flips,
      relocks: 1,
      relockS: 3,
      confidence: 1200 * 0.85,
      corrections: 0,
    };
    addHealth(sums, { window, hopP99Ms }, 600);
  }
  return sums;
}

function unit(
  k: number,
  venue: string,
  roles: { before?: Kind; control?: Kind; candidate?: Kind },
  more: Partial<HealthUnit> = {},
): HealthUnit {
  const of = (kind: Kind = {}) => health(kind);
  const sums = { before: of(roles.before), control: of(roles.control), candidate: of(roles.candidate) };
  return { deviceId: `${venue}.box-${k}`, venue, ...sums, crashesInTenMinutes: 0, ...more };
}

/** Four venues with a candidate and three controls each. */
const fleet = (candidate: Kind, control: Kind = { windows: 40 }) =>
  ["a", "b", "c", "d"].flatMap((venue) => [
    unit(0, venue, { before: { windows: 40 }, candidate: { windows: 40, ...candidate } }),
    ...[1, 2, 3].map((k) => unit(k, venue, { before: { windows: 40 }, control })),
  ]);
const gateOf = (units: HealthUnit[], metric: string) =>
  judge(units, OPTIONS).gates.find((gate) => gate.metric === metric);

describe("gates", () => {
  it("have nothing against a candidate that is as good", () => {
    const verdict = judge(fleet({}), OPTIONS);

    expect(verdict.eValue).toBeLessThan(1);
    expect(verdict.broken).toBe(undefined);
    expect(verdict.musicHours).toBeCloseTo(26.67, 1);
    expect(gateOf(fleet({}), "stability")).toMatchObject({ verdict: "fine", candidateDevices: 4, controlDevices: 12 });
  });

  it("name what is worse, by how much, and for certain", () => {
    const { eValue, worst } = judge(fleet({ change: 0.04 }), OPTIONS);

    expect(eValue).toBeGreaterThan(1 / alpha);
    expect(worst).toMatchObject({ metric: "stability", verdict: "worse" });
    expect(worst?.estimate).toBeCloseTo(2, 1);
    expect(worst?.interval?.[0]).toBeGreaterThan(1.15);
  });

  it("do not blame the candidate for a week that is worse for everybody in the venue", () => {
    const units = fleet({ change: 0.04 }, { windows: 40, change: 0.04 });

    expect(judge(units, OPTIONS).eValue).toBeLessThan(1);
  });

  it("do not blame the candidate for a device that was always so", () => {
    const restless = { windows: 40, change: 0.06, flips: 4 };
    const units = ["a", "b", "c", "d"].flatMap((venue) => [
      unit(0, venue, { before: restless, candidate: restless }),
      ...[1, 2, 3].map((k) => unit(k, venue, { before: { windows: 40 }, control: { windows: 40 } })),
    ]);

    expect(judge(units, OPTIONS).eValue).toBeLessThan(1);
  });

  it("count jumps of the tempo", () => {
    const flips = gateOf(fleet({ flips: 3 }), "octave-flips");

    expect(flips?.eValue).toBeGreaterThan(1000);
    expect(flips?.text).toContain("480 in 26.7 h (18.00 an hour of music)");
  });

  it("judge without controls by the past alone, more carefully", () => {
    const alone = fleet({ change: 0.026 }).filter(({ candidate }) => candidate.seconds > 0);

    expect(gateOf(alone, "stability")?.eValue).toBeLessThan(gateOf(fleet({ change: 0.026 }), "stability")?.eValue ?? 0);
    expect(gateOf(alone, "stability")?.controlDevices).toBe(0);
  });

  it("break hard limits at once", () => {
    const crashing = fleet({}).map((one, k) => (k === 0 ? { ...one, crashesInTenMinutes: 3 } : one));
    expect(judge(crashing, OPTIONS).broken?.metric).toBe("crash-loop");
    const failing = fleet({}).map((one, k) => ({
      ...one,
      update: k < 2 ? ("failed" as const) : ("committed" as const),
    }));
    expect(judge(failing, OPTIONS).broken?.metric).toBe("failed-updates");
    expect(judge(fleet({ hopP99Ms: 30 }), OPTIONS).broken?.metric).toBe("hop-limit");
    const shadow = { model: "m 2.0.0", musicS: 600, disagreement: 0.7, octaveFlips: 0, instability: { active: 0.02, candidate: 0.02 }, hopP99Ms: 2 }; // biome-ignore format: a value
    expect(
      judge(
        fleet({}).map((one) => ({ ...one, shadow })),
        OPTIONS,
      ).broken?.metric,
    ).toBe("shadow-limit");
  });

  it("one failed update of many breaks nothing", () => {
    const units = fleet({}).map((one, k) => ({
      ...one,
      update: k < 1 ? ("refused" as const) : ("committed" as const),
    }));

    expect(judge(units, OPTIONS).broken).toBe(undefined);
  });

  it("see a worse shadow before any room depends on it", () => {
    const units = Array.from({ length: 10 }, (_, k) =>
      unit(k, "a", { before: { windows: 10 } }, {
        shadow: { model: "m 2.0.0", musicS: 1800, disagreement: 0.1, octaveFlips: 0, instability: { active: 0.02, candidate: 0.034 }, hopP99Ms: 2 },
      }),
    ); // biome-ignore format: a value

    expect(judge(units, OPTIONS).worst).toMatchObject({ metric: "shadow", verdict: "worse" });
  });

  it("give the same verdict in whatever order devices come", () => {
    const units = fleet({ change: 0.03 });

    expect(judge([...units].reverse(), OPTIONS).eValue).toBeCloseTo(judge(units, OPTIONS).eValue, 6);
  });
});
