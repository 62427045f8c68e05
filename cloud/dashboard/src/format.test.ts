import { describe, expect, it } from "vitest";
import { agoText, bpmText, durationText, percent } from "./format.js";

const SECOND = 1_000_000;

describe("format", () => {
  it("writes tempi with one digit, and a dash when there is none", () => {
    expect([bpmText(128), bpmText(127.96), bpmText(0), bpmText(undefined)]).toEqual(["128.0", "128.0", "–", "–"]);
    expect(percent(0.934)).toBe("93 %");
  });

  it("writes how long ago in the unit people would use", () => {
    const ago = (seconds: number) => agoText(0, seconds * SECOND);

    expect([1, 40, 600, 7200, 400_000].map(ago)).toEqual(["just now", "40 s ago", "10 min ago", "2 h ago", "5 d ago"]);
    expect(agoText(5 * SECOND, 0)).toBe("just now");
  });

  it("writes durations as clocks do", () => {
    expect([7, 247, 3729, -4].map((seconds) => durationText(seconds * SECOND))).toEqual([
      "0:07",
      "4:07",
      "1:02:09",
      "0:00",
    ]);
  });
});
