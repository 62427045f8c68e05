import { describe, expect, it } from "vitest";
import { OutputPolicy, PolicyConfig, type RoomFacts } from "./output-policy.js";

const BAR_S = 2;

const facts = (changes: Partial<RoomFacts> = {}): RoomFacts => ({
  known: true,
  online: true,
  music: true,
  running: true,
  sure: false,
  confidence: 0.9,
  validUntil: 1000,
  blackout: false,
  ...changes,
});

function following(config: object = {}): OutputPolicy {
  const policy = new OutputPolicy(PolicyConfig.parse(config));
  policy.step(facts(), 0, BAR_S);
  return policy;
}

const modeAt = (policy: OutputPolicy, changes: Partial<RoomFacts>, now: number) =>
  policy.step(facts(changes), now, BAR_S).mode;

describe("output policy", () => {
  it("is idle until something is heard, then follows", () => {
    const policy = new OutputPolicy(PolicyConfig.parse({}));

    expect(modeAt(policy, { known: false }, 0)).toBe("idle");
    expect(modeAt(policy, {}, 1)).toBe("following");
  });

  it("keeps following between the two thresholds, from whichever side it came", () => {
    const policy = following({ followFrom: 0.6, followUntil: 0.3, whenUncertain: { end: "hold" } });

    const modes = [0.4, 0.29, 0.4, 0.59, 0.6, 0.31].map((confidence, at) => modeAt(policy, { confidence }, at));

    expect(modes).toEqual(["following", "holding", "holding", "holding", "following", "following"]);
  });

  it("follows the operator's hand whatever the confidence", () => {
    expect(modeAt(following(), { confidence: 0.01, sure: true }, 1)).toBe("following");
  });

  it("runs on for the bars it was given, then fades, then rests", () => {
    const policy = following({ whenGone: { freeRunBars: 3, end: "fade", fadeMs: 2000 } });
    const gone = (now: number) => policy.step(facts({ validUntil: 0 }), now, BAR_S);

    expect(gone(1).mode).toBe("free-running");
    expect(gone(6.9)).toEqual({ mode: "free-running", level: 1 });
    expect(gone(7).mode).toBe("fading");
    expect(gone(8)).toEqual({ mode: "fading", level: 0.5 });
    expect(gone(9.1)).toEqual({ mode: "idle", level: 0 });
  });

  it("does not begin to run on again when it has come to rest", () => {
    const policy = following({
      whenSilent: { end: "fade", fadeMs: 100 },
      whenGone: { freeRunBars: 50, end: "release" },
    });

    modeAt(policy, { music: false, running: false }, 1);
    modeAt(policy, { music: false, running: false }, 2);

    expect(modeAt(policy, { online: false }, 3)).toBe("released");
  });

  it.each(["hold", "fade"] as const)(
    "has handed back control in silence, and does not take it to %s when the box goes",
    (end) => {
      const policy = following({ whenSilent: { end: "release" }, whenGone: { freeRunBars: 16, end } });

      expect(modeAt(policy, { music: false, running: false }, 1)).toBe("released");
      expect(policy.step(facts({ online: false }), 4, BAR_S)).toEqual({ mode: "released", level: 0 });
    },
  );

  it("does not bring light back when the box goes soon after a fade, however slow the fade for that is", () => {
    const policy = following({ whenSilent: { end: "fade", fadeMs: 1000 }, whenGone: { end: "fade", fadeMs: 4000 } });
    const silent = (now: number) => policy.step(facts({ music: false, running: false }), now, BAR_S).level;

    expect([1, 1.5, 2].map(silent)).toEqual([1, 0.5, 0]);
    expect(policy.step(facts({ online: false }), 2.5, BAR_S)).toEqual({ mode: "idle", level: 0 });
    expect(policy.step(facts(), 3, BAR_S)).toEqual({ mode: "following", level: 1 });
  });

  it.each(["hold", "fade", "release"] as const)("comes back from %s at once when beats are sure again", (end) => {
    const policy = following({ whenSilent: { end } });
    modeAt(policy, { music: false, running: false }, 1);

    expect(policy.step(facts(), 2, BAR_S)).toEqual({ mode: "following", level: 1 });
  });

  it("is dark under blackout and then does what it would have done", () => {
    const policy = following();

    expect(policy.step(facts({ blackout: true }), 1, BAR_S)).toEqual({ mode: "blackout", level: 0 });
    expect(modeAt(policy, {}, 2)).toBe("following");
  });
});
