import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { TickLine } from "./tick-line.js";

const lineAt = (at = 10, bpm = 120, spreadBeats = 1) => new TickLine({ at, bpm, spreadBeats });

describe("TickLine", () => {
  it("puts 24 ticks to the beat at an even tempo", () => {
    const line = lineAt();

    expect(line.timeOf(0)).toBe(10);
    expect(line.timeOf(24)).toBeCloseTo(10.5, 9);
    expect(line.timeOf(-0.5)).toBeLessThan(10);
    expect(line.positionAt(11)).toBeCloseTo(48, 9);
  });

  it("spreads a late beat over the next one instead of jumping", () => {
    const line = lineAt();
    const before = line.positionAt(10.35);
    line.beatAt({ at: 10.51, bpm: 120, now: 10.35 });

    expect(line.positionAt(10.35)).toBeCloseTo(before, 9);
    expect(line.timeOf(48)).toBeCloseTo(11.01, 9);
    expect(line.timeOf(24)).toBeGreaterThan(10.5);
    expect(line.timeOf(24)).toBeLessThan(10.51);
  });

  it("settles on the new tempo", () => {
    const line = lineAt();
    line.beatAt({ at: 10.5, bpm: 126, now: 10.35 });

    expect(line.timeOf(24 * 11) - line.timeOf(24 * 10)).toBeCloseTo(60 / 126, 9);
  });

  it("runs at most a third faster and a quarter slower to catch up", () => {
    const late = lineAt();
    late.beatAt({ at: 10.74, bpm: 120, now: 10.35 });
    const early = lineAt();
    early.beatAt({ at: 10.26, bpm: 120, now: 10.25 });

    expect(late.positionAt(10.45) - late.positionAt(10.35)).toBeCloseTo(4.8 * 0.75, 6);
    expect(early.positionAt(10.35) - early.positionAt(10.25)).toBeLessThanOrEqual((4.8 * 4) / 3 + 1e-9);
  });

  it("never goes back, inverts exactly, and ends in phase whatever the beats wander", () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: -0.03, max: 0.03, noNaN: true }), { minLength: 20, maxLength: 60 }),
        fc.double({ min: 60, max: 200, noNaN: true }),
        (wander, bpm) => {
          const period = 60 / bpm;
          const line = lineAt(0, bpm);
          let last = line.positionAt(0);
          const steady = [...wander, 0, 0, 0, 0, 0, 0, 0, 0];
          for (const [index, late] of steady.entries()) {
            const at = (index + 1) * period + late;
            const beat = line.beatAt({ at, bpm, now: (index + 1) * period - 0.15 });
            if (beat !== index + 1) return false;
            for (let time = (index + 1) * period - 0.15; time < (index + 2) * period - 0.15; time += 0.01) {
              const position = line.positionAt(time);
              if (position < last || Math.abs(line.timeOf(position) - time) > 1e-6) return false;
              last = position;
            }
          }
          return Math.abs(line.timeOf(24 * (steady.length + 2)) - (steady.length + 2) * period) < 0.001;
        },
      ),
    );
  });
});
