import { existsSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { FrameSplitter } from "../src/outputs/serial/frame-splitter.js";
import { AvrBoard } from "./firmware/avr-board.js";
import { buildFirmware } from "./firmware/build-firmware.js";
import { phaseErrorsMs, play, type ScenarioOptions, streamPixels } from "./firmware/scenario.js";
import { buildSimavrRunner, SimavrBoard } from "./firmware/simavr-board.js";
import type { SimulatedBoard } from "./firmware/simulated-board.js";
import { needs } from "./receivers.js";

const canBuild = needs("avr-gcc", "gcc-avr") && needs("make", "make");
/** A library is no program: where receivers are required, a missing one fails the build of the runner. */
const hasLibrary = ["/usr/include/simavr/sim_avr.h", "/usr/include/libelf.h"].every((file) => existsSync(file));
const isRequired = process.env.TACTUS_REQUIRE_RECEIVERS === "1";
const canSimavr = canBuild && needs("simavr", "simavr") && (hasLibrary || isRequired);
if (canBuild && !canSimavr) console.warn("skipped: simavr, needs the Debian packages libsimavr-dev and libelf-dev");

/** 30 % lost, and the rest not in good shape either; the board's crystal is 0.3 % fast. */
const BAD_LINE: ScenarioOptions = {
  seconds: 32,
  bpm: 128,
  lost: 0.3,
  damaged: 0.05,
  repeated: 0.1,
  late: 0.1,
  clockError: 0.003,
};

let folder = "";
beforeAll(async () => {
  if (canBuild) folder = await buildFirmware("avr");
});
const avr8js = () => AvrBoard.load(join(folder, "tactus-avr.hex"));

/** WS2812B at 5 V: 0.35 and 0.7 µs, both ± 0.15; a pause inside a picture is below 5 µs. */
function expectCleanSignal({ strip: { widths } }: SimulatedBoard): void {
  expect(widths.zero[0]).toBeGreaterThanOrEqual(0.2);
  expect(widths.zero[1]).toBeLessThanOrEqual(0.5);
  expect(widths.one[0]).toBeGreaterThanOrEqual(0.55);
  expect(widths.one[1]).toBeLessThanOrEqual(0.85);
  expect(widths.low[0]).toBeGreaterThanOrEqual(0.45);
  expect(widths.low[1]).toBeLessThanOrEqual(5);
}

const worst = (errors: number[]): number => Math.max(...errors.map(Math.abs));

describe.skipIf(!canBuild)("AVR firmware on avr8js", () => {
  it("is within 2 ms of the beats through 30 s of a bad line, its crystal 0.3 % fast", async () => {
    const board = await avr8js();

    const errors = phaseErrorsMs(play(board, BAD_LINE), 3);

    expect(errors).toHaveLength(62);
    expect(worst(errors)).toBeLessThanOrEqual(2);
    expect(board.overruns).toBe(0);
    expectCleanSignal(board);
  });

  it("answers a greeting with what it is, through its serial line", async () => {
    const board = await avr8js();

    play(board, { seconds: 1, bpm: 120 });

    const [welcome] = new FrameSplitter().push(Uint8Array.from(board.sent.map(({ byte }) => byte)));
    expect(welcome).toMatchObject({ type: "welcome", major: 1, board: "avr", pixels: 60, flashesPerSecond: 3 });
  });

  // Beyond these the ring of received bytes is too short for a line that never rests.
  for (const [pixels, baud] of [
    [60, 115_200],
    [60, 250_000],
    [150, 115_200],
  ] as const) {
    it(`loses no frame of a line at ${baud} baud that never rests, with ${pixels} pixels`, async () => {
      const built = await buildFirmware("avr", { variables: { PIXELS: pixels, BAUD: baud } });
      const board = await AvrBoard.load(join(built, "tactus-avr.hex"));

      const sent = streamPixels(board, { pixels, baud, seconds: 0.8 });

      const pong = new FrameSplitter().push(Uint8Array.from(board.sent.map(({ byte }) => byte))).at(-1);
      expect(pong).toMatchObject({ type: "pong", good: sent, bad: 0, lost: 0 });
      expect(board.overruns).toBe(0);
      expectCleanSignal(board);
    });
  }
});

describe.skipIf(!canSimavr)("AVR firmware on simavr", () => {
  let runner = "";
  beforeAll(() => {
    runner = buildSimavrRunner(folder);
  });
  const simavr = () => new SimavrBoard({ runner, elf: join(folder, "tactus-avr.elf") });

  it("is within 2 ms of the beats through 30 s of a bad line, its crystal 0.3 % slow", () => {
    const board = simavr();

    const errors = phaseErrorsMs(play(board, { ...BAD_LINE, clockError: -0.003, seed: 2 }), 3);

    expect(errors).toHaveLength(62);
    expect(worst(errors)).toBeLessThanOrEqual(2);
    expectCleanSignal(board);
  });

  it("keeps its phase alone for the eight bars after the last announcement, then fades to dark", () => {
    const board = simavr();

    const outcome = play(board, { seconds: 20.5, bpm: 170, lost: 0.1, clockError: -0.002, silentFrom: 5 });

    const alone = outcome.beats.filter((due) => due > 5 && due < 5 + (32 * 60) / 170);
    const errors = phaseErrorsMs({ ...outcome, beats: alone }, 5);
    expect(errors.length).toBeGreaterThan(30);
    expect(worst(errors)).toBeLessThanOrEqual(5);
    expect(outcome.pictures.filter(({ atS }) => atS > 20.2).every(({ brightness }) => brightness === 0)).toBe(true);
  });

  it("flashes at most three times in any second, at 240 beats a minute", () => {
    const { flashes } = play(simavr(), { seconds: 7, bpm: 240 });

    expect(flashes.length).toBeGreaterThan(8);
    for (const [index, at] of flashes.entries()) expect((flashes[index + 3] ?? Infinity) - at).toBeGreaterThan(1);
  });
});
