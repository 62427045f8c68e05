import { describe, expect, it } from "vitest";
import type { Verdict } from "./gates.js";
import { type Rollout, type RolloutDevice, type RolloutProgress, RolloutSpec } from "./rollout.js";
import { nextStep, type PlanInput, type PlannedDevice } from "./rollout-plan.js";

const S = 1_000_000;
const FINE: Verdict = { gates: [], eValue: 0.2, musicHours: 50 };
const HURTS = { metric: "stability", verdict: "worse", eValue: 5000, allowed: 1.15, candidateDevices: 3, controlDevices: 9, text: "Beats waver" } as const; // biome-ignore format: a value
const spec = (more: object = {}) =>
  RolloutSpec.parse({ model: "m", version: "2.0.0", phases: [{ percent: 10, soakS: 60, gate: {} }, 50, 100], ...more });

function rolloutOf(progress: Partial<RolloutProgress> = {}, more: object = {}): Rollout {
  return {
    id: "r-1",
    number: 1,
    createdAtUs: 0,
    createdBy: "Ada",
    salt: "salt",
    kind: "phased",
    spec: spec(more),
    progress: { state: "running", phase: 0, phaseSinceUs: 0, ...progress },
  };
}

const member = (deviceId: string, more: Partial<RolloutDevice> = {}): RolloutDevice => ({
  deviceId,
  phase: 0,
  assignedAtUs: 0,
  previous: { name: "m", version: "1.0.0" },
  windows: [],
  quiet: true,
  update: null,
  ...more,
});

/** Ten boxes; `has`: so many of them have the candidate, `taken`: so many are members. */
function fleet({ has = 0, taken, count = 10 }: { has?: number; taken?: number; count?: number } = {}): PlannedDevice[] {
  return Array.from({ length: count }, (_, k) => ({
    deviceId: `v.box-${k}`,
    eligible: true,
    pinned: false,
    reachable: true,
    running: { name: "m", version: k < has ? "2.0.0" : "1.0.0" },
    member: k < (taken ?? has) ? member(`v.box-${k}`, k < has ? { switchedAtUs: 1 } : {}) : undefined,
  }));
}

const step = (input: Partial<PlanInput>) =>
  nextStep({
    rollout: rolloutOf(),
    devices: fleet(),
    verdict: FINE,
    release: { allowed: true, reason: "" },
    nowUs: 0,
    ...input,
  });

describe("rollout plan", () => {
  it("takes in as many devices as the phase holds", () => {
    expect(step({}).join).toHaveLength(1);
    expect(step({ rollout: rolloutOf({ phase: 1 }), devices: fleet({ has: 1 }) }).join).toHaveLength(4);
  });

  it("soaks from when the phase has settled, then goes on", () => {
    const settled = step({ devices: fleet({ has: 1 }), nowUs: 5 * S });
    expect(settled.progress.settledAtUs).toBe(5 * S);
    expect(settled.status).toBe("Soaks for another 60 s");

    const rollout = rolloutOf({ settledAtUs: 5 * S });
    const next = step({ rollout, devices: fleet({ has: 1 }), nowUs: 65 * S });
    expect(next.decision?.action).toBe("advance");
    expect(next.decision?.reason).toContain("From 10 to 50 %");
    expect(next.progress).toMatchObject({ phase: 1, phaseSinceUs: 65 * S, settledAtUs: undefined });
  });

  it("waits for devices that can be reached, not for those that cannot", () => {
    const devices = fleet({ has: 1, taken: 5 });
    const rollout = rolloutOf({ phase: 1 });
    expect(step({ rollout, devices }).status).toContain("1 of 5 devices");

    const away = devices.map((device, k) => (k > 0 ? { ...device, reachable: false } : device));
    expect(step({ rollout, devices: away }).status).toContain("Soaks");
  });

  it("lets the next in line step in where nobody in the cohort can be reached", () => {
    const first = step({}).join;
    const away = fleet().map((device) => (first.includes(device.deviceId) ? { ...device, reachable: false } : device));

    expect(step({ devices: away }).join).toEqual([...first, expect.stringMatching(/^v\.box-\d$/)]);
  });

  it("waits for music", () => {
    const verdict = { ...FINE, musicHours: 1 };
    const rollout = rolloutOf({ settledAtUs: 0 });

    expect(step({ rollout, devices: fleet({ has: 1 }), verdict, nowUs: 100 * S }).status).toBe(
      "1.00 h of music were heard with it, 4 h are wanted",
    );
  });

  it("looks longer where there is some evidence, and stores why", () => {
    const verdict = { ...FINE, eValue: 8, worst: { ...HURTS, verdict: "watching" as const } };
    const held = step({ rollout: rolloutOf({ settledAtUs: 0 }), devices: fleet({ has: 1 }), verdict, nowUs: 100 * S });

    expect(held.decision).toMatchObject({ action: "hold" });
    expect(held.progress.phase).toBe(0);
  });

  it("aborts on evidence, in any phase and while paused, and rolls back", () => {
    const verdict: Verdict = { ...FINE, eValue: 5000, worst: HURTS, gates: [HURTS] };
    for (const state of ["running", "paused"] as const) {
      const stopped = step({ rollout: rolloutOf({ state }), verdict });
      expect(stopped.progress).toMatchObject({ state: "aborted", rollBack: "quiet" });
      expect(stopped.decision?.reason).toContain("Beats waver");
      expect(stopped.decision?.evidence).toEqual([HURTS]);
    }
  });

  it("pauses and asks where automatic abort is off", () => {
    const verdict: Verdict = { ...FINE, eValue: 5000, worst: HURTS };
    const rollout = rolloutOf({}, { abort: { automatic: false } });

    expect(step({ rollout, verdict }).decision?.action).toBe("pause");
    const paused = rolloutOf({ state: "paused" }, { abort: { automatic: false } });
    expect(step({ rollout: paused, verdict }).decision).toBe(undefined);
  });

  it("ends at once, whatever plays, on a hard limit", () => {
    const broken = { ...HURTS, metric: "crash-loop" as const, text: "Crashes" };

    expect(step({ verdict: { ...FINE, broken } }).progress).toMatchObject({ state: "aborted", rollBack: "now" });
  });

  it("stops itself when the version may not be given out any more, also after it was completed", () => {
    const release = { allowed: false, reason: "it is revoked" };
    for (const state of ["running", "paused", "completed"] as const) {
      const stopped = step({ rollout: rolloutOf({ state }), release });
      expect(stopped.progress).toMatchObject({ state: "aborted", rollBack: "quiet" });
      expect(stopped.decision?.reason).toContain("it is revoked");
    }
  });

  it("completes after the last phase, and still takes in who comes to fit", () => {
    const last = rolloutOf({ phase: 2, settledAtUs: 0 }, { phases: [10, 50, { percent: 100, soakS: 0, gate: {} }] });
    const devices = fleet({ has: 10 });
    expect(step({ rollout: last, devices, nowUs: 9 * S }).progress).toMatchObject({
      state: "completed",
      endedAtUs: 9 * S,
    });

    const done = rolloutOf({ state: "completed", phase: 2 });
    expect(step({ rollout: done, devices: [...devices, ...fleet({ count: 11 }).slice(10)] }).join).toEqual([
      "v.box-10",
    ]);
  });

  it("lets go of who has left the target and does not have it, and keeps who has", () => {
    const devices = fleet({ has: 1, taken: 3 }).map((device) => ({ ...device, eligible: false }));

    expect(step({ rollout: rolloutOf({ phase: 1 }), devices }).leave).toEqual(["v.box-1", "v.box-2"]);
  });

  it("says nothing of pinned devices and of failures that the limits allow", () => {
    const failed = member("v.box-1", { update: { state: "failed", reason: "disk", sinceUs: 0 } });
    const devices = fleet({ has: 1, taken: 3 }).map((device, k) => {
      if (k === 1) return { ...device, member: failed };
      return k === 2 ? { ...device, pinned: true, eligible: false } : device;
    });

    expect(step({ rollout: rolloutOf({}, { phases: [30, 100] }), devices }).status).toContain("Soaks");
  });

  it("decides the same from the same facts", () => {
    const input = { devices: fleet({ taken: 2 }), rollout: rolloutOf({ phase: 1 }) };

    expect(step(input)).toEqual(step({ ...input, devices: [...input.devices].reverse() }));
  });

  it("makes a sensible rollout of a model and a version alone", () => {
    const made = RolloutSpec.parse({ model: "m", version: "1.0.0" });

    expect(made.phases.map(({ percent, soakS }) => [percent, soakS])).toEqual([[5, 86_400], [25, 86_400], [100, 86_400]]); // biome-ignore format: pairs
    expect(made).toMatchObject({ target: "all", alpha: 0.01, switch: { when: "window", lock: true, shadowS: 1800 } });
    expect(made.abort).toMatchObject({ automatic: true, rollBack: true });
    expect(RolloutSpec.safeParse({ model: "m", version: "1.0.0", phases: [25, 5] }).success).toBe(false);
  });
});
