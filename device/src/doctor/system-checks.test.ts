import { describe, expect, it } from "vitest";
import {
  archFinding,
  clockFinding,
  glibcFinding,
  governorFinding,
  heatFindings,
  isAtLeast,
  nodeFinding,
  throttleFindings,
} from "./system-checks.js";

const TODAY = new Date("2026-05-01T12:00:00Z");

describe("the doctor's look at the system", () => {
  it.each([
    ["20.19.0", "20.19", true],
    ["20.9.1", "20.19", false],
    ["22.0.0", "20.19", true],
    ["18.20.4", "20.19", false],
    ["2.28", "2.28", true],
    ["2.4", "2.28", false],
  ])("compares version %s with %s by its numbers", (version, oldest, expected) => {
    expect(isAtLeast(version, oldest)).toBe(expected);
  });

  it("finds an old Node.js, a 32-bit system and a foreign C library a problem, each with a remedy", () => {
    for (const finding of [nodeFinding("18.20.4"), archFinding("arm"), glibcFinding("2.24"), glibcFinding(undefined)]) {
      expect(finding.state).toBe("problem");
      expect(finding.remedy).not.toBe("");
    }
    for (const finding of [nodeFinding("20.19.2"), archFinding("arm64"), glibcFinding("2.36")])
      expect(finding.state).toBe("ok");
  });

  it("warns of a clock that is not synchronised, and finds one in the past a problem", () => {
    expect(clockFinding(true, TODAY).state).toBe("ok");
    expect(clockFinding(false, TODAY).state).toBe("warning");
    expect(clockFinding(undefined, TODAY).state).toBe("warning");
    expect(clockFinding(true, new Date("1970-01-01T00:00:20Z")).state).toBe("problem");
  });

  it("warns of a processor that is held at its lowest speed", () => {
    expect(governorFinding("powersave").remedy).toContain("scaling_governor");
    expect(governorFinding("ondemand").state).toBe("ok");
    expect(governorFinding(undefined).state).toBe("ok");
  });

  it("tells trouble with power now from trouble in the past", () => {
    expect(throttleFindings("throttled=0x0")[0]).toMatchObject({ state: "ok" });
    expect(throttleFindings("throttled=0x50000")[0]).toMatchObject({
      state: "warning",
      message: "under-voltage, throttled since the box was started",
    });
    expect(throttleFindings("throttled=0x50005")[0]).toMatchObject({ state: "problem" });
    expect(throttleFindings(undefined)).toEqual([]);
  });

  it("warns of heat, and says nothing where there is no thermometer", () => {
    expect(heatFindings("48312")[0]).toMatchObject({ state: "ok", message: "48 °C" });
    expect(heatFindings("84000")[0]).toMatchObject({ state: "warning" });
    expect(heatFindings(undefined)).toEqual([]);
    expect(heatFindings("none")).toEqual([]);
  });
});
