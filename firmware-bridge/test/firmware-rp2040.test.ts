import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { FrameSplitter } from "../src/outputs/serial/frame-splitter.js";
import { buildFirmware } from "./firmware/build-firmware.js";
import { Rp2040Board } from "./firmware/rp2040-board.js";
import { phaseErrorsMs, play } from "./firmware/scenario.js";
import { needs } from "./receivers.js";

const ready = needs("arm-none-eabi-gcc", "gcc-arm-none-eabi") && needs("make", "make");

describe.skipIf(!ready)("RP2040 firmware on rp2040js", () => {
  let folder = "";
  const board = () => Rp2040Board.load(join(folder, "tactus-rp2040.bin"));
  beforeAll(async () => {
    folder = await buildFirmware("rp2040");
  });

  it("starts through its boot stage and holds the phase within 2 ms on a bad line", async () => {
    const subject = await board();

    const outcome = play(subject, {
      seconds: 6,
      bpm: 128,
      lost: 0.3,
      damaged: 0.05,
      repeated: 0.1,
      clockError: -0.0001,
    });

    const errors = phaseErrorsMs(outcome, 3);
    expect(errors.length).toBeGreaterThan(5);
    expect(Math.max(...errors.map(Math.abs))).toBeLessThanOrEqual(2);
    expect(subject.isInFlash).toBe(true);
    expect(subject.overruns).toBe(0);
    const { widths } = subject.strip;
    expect(widths.zero[0]).toBeGreaterThanOrEqual(0.2);
    expect(widths.zero[1]).toBeLessThanOrEqual(0.5);
    expect(widths.one[0]).toBeGreaterThanOrEqual(0.55);
    expect(widths.one[1]).toBeLessThanOrEqual(0.85);
  });

  it("answers a greeting with what it is", async () => {
    const subject = await board();

    play(subject, { seconds: 1, bpm: 120 });

    const [welcome] = new FrameSplitter().push(Uint8Array.from(subject.sent.map(({ byte }) => byte)));
    expect(welcome).toMatchObject({ type: "welcome", major: 1, board: "rp2040", pixels: 60, maxBody: 640 });
  });
});
