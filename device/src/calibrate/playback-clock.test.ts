import { describe, expect, it } from "vitest";
import { PlaybackClock, parseAlsaHeard, parsePacatTime } from "./playback-clock.js";

describe("PlaybackClock", () => {
  it("takes the earliest start that its readings imply", () => {
    const clock = new PlaybackClock();
    clock.observe(9, 0);
    for (const [readAt, heard] of [
      [10.015, 0.01],
      [10.101, 0.1],
      [10.23, 0.2],
    ] as const)
      clock.observe(readAt, heard);

    expect(clock.timeOf(0.3)).toBeCloseTo(10.301, 9);
    expect(clock.readings).toBe(3);
  });

  it("follows a player that starved in the middle", () => {
    const clock = new PlaybackClock();
    for (let heard = 0.1; heard < 4; heard += 0.05) clock.observe(10 + heard + (heard > 2 ? 0.25 : 0), heard);

    expect(clock.timeOf(1)).toBeCloseTo(11, 9);
    expect(clock.timeOf(3)).toBeCloseTo(13.25, 9);
    expect(clock.timeOf(9)).toBeUndefined();
  });

  it("knows nothing before the first sample was heard", () => {
    const clock = new PlaybackClock();
    clock.observe(10, 0);

    expect(clock.timeOf(0)).toBeUndefined();
  });
});

describe("parsePacatTime()", () => {
  it("takes the newest time of what pacat --verbose wrote", () => {
    const text = "Time: 0.015 sec; Latency: 45246 usec.        \rTime: 0.065 sec; Latency: 55215 usec.        \r";

    expect(parsePacatTime(text)).toBe(0.065);
    expect(parsePacatTime("Stream started.\x1b[K\n")).toBeUndefined();
  });
});

describe("parseAlsaHeard()", () => {
  const status = (state: string) =>
    `state: ${state}\nowner_pid   : 4321\ntrigger_time: 8111.211\ntstamp      : 8113.400\ndelay       : 1984\navail       : 2112\navail_max   : 2112\n-----\nhw_ptr      : 96320\nappl_ptr    : 98304\n`;

  it("counts what was written less what is still on its way", () => {
    expect(parseAlsaHeard(status("RUNNING"))).toBe(96320);
  });

  it("knows nothing of an output that does not run", () => {
    expect(parseAlsaHeard(status("PREPARED"))).toBeUndefined();
    expect(parseAlsaHeard("closed\n")).toBeUndefined();
  });
});
