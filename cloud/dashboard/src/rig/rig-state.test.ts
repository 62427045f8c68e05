import type { OutputState } from "@tactus/shared";
import { describe, expect, it } from "vitest";
import { frameOf } from "./dmx-frame.js";
import { rigStateOf } from "./rig-state.js";

const NOW = 1_000_000_000;
const stateOf = (change: Partial<OutputState>, facts: { ageMs?: number; bytes?: string; askedMs?: number } = {}) => {
  const output = { state: "running", mode: "following", sentAtUs: NOW - 1_000_000, ...change } as OutputState;
  const { ageMs, bytes = "/w==", askedMs = 0 } = facts;
  const universes = [{ universe: 1, channels: bytes }];
  const frame = ageMs === undefined ? undefined : frameOf({ v: 1, sentAtUs: 1, universes }, NOW - ageMs * 1000);
  return rigStateOf({ output, frame, skewUs: 0, nowUs: NOW, askedAtUs: NOW - askedMs * 1000 });
};

describe("what the page may say of a rig", () => {
  it("is live while bytes come, and dark when all of them are zero", () => {
    expect(stateOf({}, { ageMs: 80 })).toBe("live");
    expect(stateOf({}, { ageMs: 80, bytes: "" })).toBe("dark");
  });

  it("waits a little for the first bytes, and then says that none come", () => {
    expect(stateOf({}, { askedMs: 500 })).toBe("waiting");
    expect(stateOf({}, { askedMs: 6000 })).toBe("silent");
    expect(stateOf({}, { askedMs: 6000, ageMs: 3000 })).toBe("silent");
  });

  it("says when bytes are rendered but do not leave, or are dark on purpose", () => {
    expect(stateOf({ mode: "blackout" }, { ageMs: 80 })).toBe("blackout");
    expect(stateOf({ mode: "released" }, { ageMs: 80 })).toBe("released");
    expect(stateOf({ state: "starting" }, { ageMs: 80 })).toBe("unsent");
  });

  it("believes nothing of a bridge that is gone", () => {
    expect(stateOf({ sentAtUs: NOW - 13_000_000 }, { ageMs: 80 })).toBe("gone");
    expect(stateOf({ state: "stopped" }, { ageMs: 80 })).toBe("stopped");
  });
});
