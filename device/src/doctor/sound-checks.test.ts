import { describe, expect, it } from "vitest";
import type { SignalReport } from "../capture/signal-conditions.js";
import { judgeHeard } from "./sound-checks.js";

function heard(report: Partial<SignalReport> = {}, rest: { lostSamples?: number; measuredRateHz?: number } = {}) {
  return {
    sampleRateHz: 48000,
    audioChannels: 2,
    measuredRateHz: 48003,
    lostSamples: 0,
    ...rest,
    report: { conditions: [], rmsDb: -22.4, peakDb: -3.2, dcOffset: 0, humHz: 0, ...report },
  };
}

describe("judgeHeard()", () => {
  it("gives the level of an input that is well", () => {
    expect(judgeHeard("arecord: default", heard())).toEqual({
      subject: "source",
      state: "ok",
      message: "arecord: default: 48000 Hz, 2 channels, level -22 dB, peak -3 dB",
    });
  });

  it.each([
    ["silence", { conditions: ["silence" as const] }, {}],
    ["clipping", { conditions: ["clipping" as const] }, {}],
    ["mains hum of 50 Hz", { conditions: ["hum" as const], humHz: 50 }, {}],
    ["DC offset 0.080", { conditions: ["dc-offset" as const], dcOffset: 0.08 }, {}],
    ["480 samples lost", {}, { lostSamples: 480 }],
    ["delivers 44100 samples a second", {}, { measuredRateHz: 44100 }],
  ])("warns of %s and says what to do", (message, report, rest) => {
    const finding = judgeHeard("naudiodon: USB", heard(report, rest));

    expect(finding.state).toBe("warning");
    expect(finding.message).toContain(message);
    expect(finding.remedy).not.toBe("");
  });

  it("finds an input that gives nothing a problem", () => {
    expect(judgeHeard("naudiodon: USB", undefined).state).toBe("problem");
  });
});
