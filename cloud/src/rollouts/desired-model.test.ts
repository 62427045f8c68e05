import { describe, expect, it } from "vitest";
import { wayBack, wishOf } from "./desired-model.js";
import { type ModelPin, type Rollout, type RolloutDevice, type RolloutProgress, RolloutSpec } from "./rollout.js";

const WINDOW = { fromUs: 1, toUs: 2 };
const member: RolloutDevice = {
  deviceId: "v.box",
  phase: 0,
  assignedAtUs: 0,
  previous: { name: "m", version: "1.0.0" },
  windows: [WINDOW],
  quiet: true,
  update: null,
};

function claim(number: number, progress: Partial<RolloutProgress>, more: { version?: string; member?: object } = {}) {
  const rollout: Rollout = {
    id: `r-${number}`,
    number,
    createdAtUs: 0,
    createdBy: "Ada",
    salt: "s",
    kind: "phased",
    spec: RolloutSpec.parse({ model: "m", version: more.version ?? `${number}.0.0` }),
    progress: { state: "running", phase: 0, phaseSinceUs: 0, ...progress },
  };
  return { rollout, member: { ...member, ...more.member } };
}

const allowed = (name: string) => (name === "m" ? ["3.0.0", "2.0.0", "1.0.0"] : undefined);
const wish = (claims: ReturnType<typeof claim>[], pin?: ModelPin) => wishOf({ pin, claims, allowed });

describe("wish for a device", () => {
  it("is nothing without a claim", () => {
    expect(wish([])).toBe(undefined);
    expect(wish([claim(2, { state: "queued" })])).toBe(undefined);
  });

  it("is the newest rollout's, in the windows of the venue, when it is quiet", () => {
    expect(wish([claim(2, { state: "completed" }), claim(3, {})])).toMatchObject({
      version: "3.0.0",
      rollout: "r-3",
      switch: { when: "quiet", windows: [WINDOW], lockExpiresS: 604_800 },
    });
  });

  it("is the operator's pin before any rollout's", () => {
    const model = { name: "m", version: "1.0.0", rollout: "", switch: { when: "now" as const, windows: [], lockExpiresS: 0 }, shadowS: 0, probationS: 0 }; // biome-ignore format: a value

    expect(wish([claim(3, {})], { deviceId: "v.box", model, by: "Ada", atUs: 0 })).toBe(model);
  });

  it("is the way back after an abort, without shadow, in a quiet moment or at once", () => {
    const back = { name: "m", version: "1.0.0", shadowS: 0 };
    expect(wish([claim(3, { state: "aborted", rollBack: "quiet" })])).toMatchObject({
      ...back,
      switch: { when: "quiet", windows: [], lockExpiresS: 300 },
    });
    expect(wish([claim(3, { state: "aborted", rollBack: "now" })])?.switch.when).toBe("now");
  });

  it("stays after an abort that rolls nothing back, where the device has it", () => {
    expect(wish([claim(3, { state: "aborted" }, { member: { switchedAtUs: 5 } })])?.version).toBe("3.0.0");
    expect(wish([claim(2, { state: "completed" }), claim(3, { state: "aborted" })])?.version).toBe("2.0.0");
  });

  it("goes back to the newest version that is allowed where the one before is not any more", () => {
    const candidate = { model: "m", version: "3.0.0" };
    expect(wayBack({ name: "m", version: "0.9.0" }, candidate, allowed)).toEqual({ name: "m", version: "2.0.0" });
    expect(wayBack({ name: "bundled", version: "0.9.0" }, candidate, allowed)).toEqual({
      name: "bundled",
      version: "0.9.0",
    });
    expect(wayBack({ name: "m", version: "3.0.0" }, candidate, allowed)).toEqual({ name: "m", version: "2.0.0" });
    expect(wayBack(null, candidate, () => ["3.0.0"])).toBe(undefined);
  });
});
