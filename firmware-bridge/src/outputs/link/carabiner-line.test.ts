import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseCarabinerLine } from "./carabiner-line.js";

describe("parseCarabinerLine", () => {
  it("reads a status, with and without transport", () => {
    expect(parseCarabinerLine("status { :peers 1 :bpm 126.500000 :start 73743731220 :beat 5.890000 }")).toEqual({
      kind: "status",
      peers: 1,
      bpm: 126.5,
      startUs: 73743731220,
      beat: 5.89,
    });
    expect(parseCarabinerLine("status { :peers 0 :bpm 120.0 :start -4 :beat -0.5 :playing true }\r")).toMatchObject({
      startUs: -4,
      beat: -0.5,
      playing: true,
    });
  });

  it("passes over fields a later Carabiner adds to a status", () => {
    expect(parseCarabinerLine("status { :peers 0 :bpm 120.0 :start 1 :beat 2.0 :new 3 }")).toMatchObject({ peers: 0 });
  });

  it("reads the other replies", () => {
    expect(parseCarabinerLine("phase-at-time { :when 7 :quantum 4.000000 :phase 1.250000 }")).toEqual({
      kind: "phase-at-time",
      whenUs: 7,
      quantum: 4,
      value: 1.25,
    });
    expect(parseCarabinerLine("beat-at-time { :when 7 :quantum 4.0 :beat 5.25 }")).toMatchObject({ value: 5.25 });
    expect(parseCarabinerLine("time-at-beat { :beat 100.0 :quantum 4.0 :when 73 }")).toMatchObject({ whenUs: 73 });
    expect(parseCarabinerLine('version "1.2.0"')).toEqual({ kind: "version", version: "1.2.0" });
    expect(parseCarabinerLine("unsupported tactus-clock")).toEqual({ kind: "unsupported", command: "tactus-clock" });
    expect(parseCarabinerLine("bad-quantum")).toEqual({ kind: "refused", argument: "quantum" });
    expect(parseCarabinerLine("tactus-clock { :link 5 :monotonic 9 }")).toEqual({
      kind: "clock",
      linkUs: 5,
      monotonicUs: 9,
    });
  });

  it.each([
    "",
    "status",
    "status {}",
    "status { :peers 1 :bpm 126.5 :start 73743731220 }",
    "status { :peers 1.5 :bpm 126.5 :start 1 :beat 5.89 }",
    "status { :peers 1 :bpm -1 :start 1 :beat 5.89 }",
    "status { :peers 1 :bpm 126.5 :start 1 :beat 5.89",
    "status { :peers 1 :peers 2 :bpm 126.5 :start 1 :beat 5.89 }",
    "status { :peers 1 :bpm 126.5 :start 1 :beat 5.89 :playing 1 }",
    "status { :peers 1 :bpm 1e999 :start 1 :beat 5.89 }",
    "phase-at-time { :when 7 :quantum 4.0 }",
    "phase-at-time { :when 7 :quantum 4.0 :phase true }",
    "bad-luck",
    `version "${"1".repeat(300)}"`,
  ])("refuses %j", (line) => {
    expect(parseCarabinerLine(line)).toBeUndefined();
  });

  it("never throws and never yields a number that is not finite", () => {
    const words = fc.constantFrom("status", "phase-at-time", "{", "}", ":peers", ":bpm", ":when", "1", "-2.5", "true");
    const line = fc.oneof(
      fc.string({ maxLength: 400 }),
      fc.array(words, { maxLength: 24 }).map((all) => all.join(" ")),
      fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes).toString("latin1")),
    );
    fc.assert(
      fc.property(line, (text) => {
        const message = parseCarabinerLine(text);
        return Object.values(message ?? {}).every((value) => typeof value !== "number" || Number.isFinite(value));
      }),
      { numRuns: 100_000 },
    );
  });
});
