import type { DesiredModel } from "@tactus/shared";
import { expect, test } from "vitest";
import type { ModelFacts } from "./model-facts.js";
import { begun, isSameWish, moment, moved, reconciled } from "./update-plan.js";

const S = 1_000_000;
const NOW = 1_800_000_000 * S;

function wish(change: Partial<DesiredModel["switch"]> = {}): DesiredModel {
  const moment: DesiredModel["switch"] = { when: "quiet", windows: [], lockExpiresS: 0, ...change };
  return { name: "beat", version: "2.0.0", rollout: "r1", switch: moment, shadowS: 0, probationS: 60 };
}

const room = { nowUs: NOW, isClockTrusted: true, quietForS: 0, quietS: 20 };
const facts: ModelFacts = { active: null, standby: null, places: [], probation: null, outcome: null };

/** Chance that comes out the same every time. */
function dice(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state * 48271) % 2147483647;
    return state % below;
  };
}

test("switch waits for a quiet room, and says what holds it up and until when", () => {
  const plan = { wish: wish({ lockExpiresS: 600 }), readyAtUs: NOW };

  expect(moment(plan, room)).toEqual({
    go: false,
    reason: "Music is playing",
    lock: { reason: "Music is playing", expiresAtUs: NOW + 600 * S },
  });
  expect(moment(plan, { ...room, quietForS: 20 }).go).toBe(true);
  expect(moment(plan, { ...room, nowUs: NOW + 600 * S }).go).toBe(true);
});

test("switch does not trust a window to a clock that is not synchronised", () => {
  const plan = { wish: wish({ when: "now", windows: [{ fromUs: 0, toUs: NOW * 2 }] }), readyAtUs: NOW };

  expect(moment(plan, room).go).toBe(true);
  expect(moment(plan, { ...room, isClockTrusted: false })).toMatchObject({ go: false });
});

test("switch never happens outside the windows, nor in music that holds it up, and always when nothing does", () => {
  const chance = dice(11);
  for (let k = 0; k < 5000; k++) {
    const windows = Array.from({ length: chance(4) }, () => {
      const fromUs = NOW + (chance(2000) - 1000) * S;
      return { fromUs, toUs: fromUs + chance(600) * S };
    });
    const lockExpiresS = chance(2) * chance(900);
    const when = chance(2) === 0 ? "now" : "quiet";
    const readyAtUs = NOW - chance(1000) * S;
    const quietForS = chance(2) * chance(60);
    const now = { ...room, quietForS };

    const { go, lock } = moment({ wish: wish({ when, windows, lockExpiresS }), readyAtUs }, now);

    const isInWindow = windows.length === 0 || windows.some(({ fromUs, toUs }) => fromUs <= NOW && NOW < toUs);
    const hasExpired = lockExpiresS > 0 && NOW >= readyAtUs + lockExpiresS * S;
    const isFree = when === "now" || quietForS >= 20 || hasExpired;
    expect(go).toBe(isInWindow && isFree);
    expect(lock !== undefined).toBe(isInWindow && !isFree);
  }
});

test("a lock that expires gives way once, and never comes back while time goes on", () => {
  const chance = dice(5);
  for (let k = 0; k < 200; k++) {
    const plan = { wish: wish({ lockExpiresS: 1 + chance(500) }), readyAtUs: NOW };
    let hasGone = false;
    for (let at = 0; at < 700; at += 1 + chance(50)) {
      const { go } = moment(plan, { ...room, nowUs: NOW + at * S });
      expect(hasGone && !go).toBe(false);
      hasGone = go;
    }
  }
});

test("what the supervisor knows is stronger than what the agent remembers", () => {
  const record = moved(begun(wish(), "u1", NOW), "waiting", { nowUs: NOW });
  const probation = { id: "u1", fallback: "bundled" as const, starts: 1, crashes: 0, ranS: 3, ofS: 60 };
  const outcome = { id: "u1", result: "rolled-back" as const, reason: "3 crashes", atUs: NOW };

  expect(reconciled(record, facts, NOW).state).toBe("waiting");
  expect(reconciled(record, { ...facts, probation }, NOW).state).toBe("probation");
  expect(reconciled(record, { ...facts, outcome }, NOW)).toMatchObject({ state: "rolled-back", reason: "3 crashes" });
  expect(reconciled(record, { ...facts, outcome: { ...outcome, id: "u0" } }, NOW).state).toBe("waiting");
});

test("a switch that was lost with the power is asked for again", () => {
  const record = moved(begun(wish(), "u1", NOW), "probation", { nowUs: NOW });

  expect(reconciled(record, facts, NOW).state).toBe("waiting");
});

test("other windows are the same update, another rollout is not", () => {
  expect(isSameWish(wish(), wish({ windows: [{ fromUs: 1, toUs: 2 }] }))).toBe(true);
  expect(isSameWish(wish(), { ...wish(), rollout: "r2" })).toBe(false);
});
