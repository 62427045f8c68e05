import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { clearByHand, isForgettable, QUIET, type RuleState, type RuleThresholds, stepRule } from "./alert-rules.js";

const hot: RuleThresholds = { raise: 80, clear: 75, forS: 60, clearForS: 30, cooldownS: 300 };

/** Feeds [second, value] pairs; returns "second event" of everything that happened. */
function run(thresholds: RuleThresholds, values: [number, number | undefined][], from: RuleState = QUIET) {
  let state = from;
  const events: string[] = [];
  for (const [second, value] of values) {
    const verdict = stepRule(state, { thresholds, value, nowUs: second * 1e6 });
    state = verdict.state;
    if (verdict.event) events.push(`${second} ${verdict.event}`);
  }
  return { state, events };
}

describe("a rule", () => {
  it("raises after the value was bad for long enough without a break", () => {
    const { events } = run(hot, [
      [1, 81],
      [50, 82],
      [55, 79],
      [56, 81],
      [115, 90],
      [116, 90],
    ]);

    expect(events).toEqual(["116 raised"]);
  });

  it("says when it wants to be asked again, so that nobody asks meanwhile", () => {
    const { state, dueUs } = stepRule(QUIET, { thresholds: hot, value: 85, nowUs: 5e6 });

    expect(state.phase).toBe("pending");
    expect(dueUs).toBe(65e6);
  });

  it("clears only below the lower threshold, and after a while", () => {
    const { events } = run({ ...hot, forS: 0 }, [
      [1, 80],
      [2, 76],
      [3, 75],
      [32, 76],
      [33, 74],
      [63, 74],
    ]);

    expect(events).toEqual(["1 raised", "63 cleared"]);
  });

  it("looks at low values where the threshold lies below", () => {
    const disk = { raise: 500, clear: 700, forS: 0, clearForS: 0, cooldownS: 0 };

    const { events } = run(disk, [
      [1, 501],
      [2, 500],
      [3, 650],
      [4, 700],
    ]);

    expect(events).toEqual(["2 raised", "4 cleared"]);
  });

  it("waits out its cooldown before it is raised again", () => {
    const { events } = run({ ...hot, forS: 0, clearForS: 0 }, [
      [1, 90],
      [2, 60],
      [3, 90],
      [301, 90],
      [302, 90],
    ]);

    expect(events).toEqual(["1 raised", "2 cleared", "302 raised"]);
  });

  it("holds its end back longer with each time that it flaps", () => {
    const values = Array.from({ length: 3600 }, (_, second): [number, number] => [second, second % 20 < 10 ? 1 : 0]);

    const { events } = run({ raise: 1, clear: 0, forS: 0, clearForS: 0, cooldownS: 0 }, values);

    expect(events.filter((event) => event.endsWith("raised")).length).toBe(4);
  });

  it("keeps what it was while nothing is known", () => {
    const raised = run({ ...hot, forS: 0 }, [[1, 90]]).state;

    expect(run(hot, [[100, undefined]], raised)).toMatchObject({ state: { phase: "raised" }, events: [] });
    expect(
      run(hot, [
        [1, 90],
        [30, undefined],
        [70, 90],
      ]).events,
    ).toEqual([]);
  });

  it("ends at once when it is switched off", () => {
    const raised = run({ ...hot, forS: 0 }, [[1, 90]]).state;

    expect(stepRule(raised, { thresholds: undefined, value: 90, nowUs: 2e6 }).event).toBe("cleared");
  });

  it("that was cleared by hand comes again after the cooldown if it is still so", () => {
    const raised = run({ ...hot, forS: 0 }, [[1, 90]]).state;

    const { events } = run(
      { ...hot, forS: 0 },
      [
        [11, 90],
        [309, 90],
        [310, 90],
      ],
      clearByHand(raised, 10e6),
    );

    expect(events).toEqual(["310 raised"]);
  });

  it("raises and clears in turn, never twice, whatever the values, and is forgotten in the end", () => {
    const step = fc.record({
      wait: fc.integer({ min: 0, max: 400 }),
      value: fc.option(fc.integer({ min: 60, max: 95 })),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        let nowUs = 1e12;
        let state = QUIET;
        let isUp = false;
        let clearedUs = Number.NEGATIVE_INFINITY;
        for (const { wait, value } of steps) {
          nowUs += wait * 1e6;
          const verdict = stepRule(state, { thresholds: hot, value: value ?? undefined, nowUs });
          state = verdict.state;
          if (verdict.event === "raised") {
            expect(isUp).toBe(false);
            expect(nowUs - clearedUs).toBeGreaterThanOrEqual(hot.cooldownS * 1e6);
            isUp = true;
          } else if (verdict.event === "cleared") {
            expect(isUp).toBe(true);
            isUp = false;
            clearedUs = nowUs;
          }
          expect(isUp).toBe(state.phase === "raised" || state.phase === "clearing");
          if (verdict.dueUs !== undefined) expect(verdict.dueUs).toBeGreaterThan(nowUs);
          const again = stepRule(state, { thresholds: hot, value: value ?? undefined, nowUs });
          expect(again.event).toBe(undefined);
        }
        nowUs += 3600e6;
        state = stepRule(state, { thresholds: hot, value: 60, nowUs }).state;
        state = stepRule(state, { thresholds: hot, value: 60, nowUs: nowUs + 3601e6 }).state;
        state = stepRule(state, { thresholds: hot, value: 60, nowUs: nowUs + 7203e6 }).state;
        expect(isForgettable(state, nowUs + 7203e6)).toBe(true);
      }),
      { seed: 5, numRuns: 300 },
    );
  });
});
