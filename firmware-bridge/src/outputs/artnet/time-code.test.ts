import { describe, expect, it } from "vitest";
import { MusicTime, timeCodeOf } from "./time-code.js";

describe("time code", () => {
  it("counts hours, minutes, seconds and frames, and begins anew after a day", () => {
    expect(timeCodeOf(3723.96, 25)).toEqual({ hours: 1, minutes: 2, seconds: 3, frames: 24, type: 1 });
    expect(timeCodeOf(86_400, 30)).toEqual({ hours: 0, minutes: 0, seconds: 0, frames: 0, type: 3 });
  });
});

describe("music time", () => {
  it("runs with the beats at any tempo and stands still without", () => {
    const time = new MusicTime();

    expect(time.advance({ beatPosition: 100, bpm: 120 })).toBe(0);
    expect(time.advance({ beatPosition: 104, bpm: 120 })).toBe(2);
    expect(time.advance({ beatPosition: 105, bpm: 60 })).toBe(3);
    expect(time.advance({ beatPosition: 105, bpm: 60 })).toBe(3);
    expect(time.advance({ beatPosition: 106, bpm: 0 })).toBe(3);
  });
});
