import { execFileSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import { buildFirmware, FIRMWARE_DIR } from "./firmware/build-firmware.js";
import { needs } from "./receivers.js";

const ready = needs("gcc", "gcc") && needs("make", "make");

const runMake = (...args: string[]): string =>
  execFileSync("make", ["-C", FIRMWARE_DIR, ...args], { encoding: "utf8" });

describe.skipIf(!ready)("portable part of the firmware, under sanitizers", () => {
  it("passes its own tests", async () => {
    const folder = await buildFirmware("test");

    expect(runMake("test", `BUILD=${folder}`)).toContain("all checks passed");
  });

  it("takes 200 000 random and damaged inputs without a fault", async () => {
    const folder = await buildFirmware("fuzz", { variables: { INPUTS: 1 } });

    expect(runMake("fuzz", `BUILD=${folder}`, "INPUTS=200000")).toContain("200000 inputs");
  });
});
