import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { afterEach, beforeAll, describe, expect, it } from "vitest";
import { cueAt, outputCases, poseAt } from "../src/outputs/output.cases.js";
import type { DmxSource, OutputContext } from "../src/outputs/output.js";
import { decodeAdalight } from "../src/outputs/serial/adalight-packet.js";
import { createSerialOutput, SerialConfig } from "../src/outputs/serial/index.js";
import { decodeTpm2 } from "../src/outputs/serial/tpm2-packet.js";
import { buildFirmware } from "./firmware/build-firmware.js";
import { PtyBoard, until } from "./firmware/pty-board.js";
import { needs } from "./receivers.js";

const ready = needs("socat", "socat") && needs("gcc", "gcc") && needs("make", "make");

const now = () => performance.now() / 1000;

/** A universe whose channel n holds n modulo 256. */
const ramp: DmxSource = {
  universes: [1],
  render() {},
  beat() {},
  channels: (universe) => Uint8Array.from({ length: 512 }, (_, index) => (universe === 1 ? index + 1 : 0)),
};

function context(warnings: string[] = []): OutputContext {
  const log = { info() {}, warn: (text: string) => void warnings.push(text) };
  return { name: "strip", now, log, stateDir: "/tmp", dmx: ramp };
}

let program = "";
beforeAll(async () => {
  if (ready) program = join(await buildFirmware("generic"), "tactus-generic");
});
const boards: PtyBoard[] = [];
afterEach(async () => {
  for (const board of boards.splice(0)) await board.pullOut();
});

async function plugged(command = program): Promise<PtyBoard> {
  const board = await PtyBoard.make(command);
  boards.push(board);
  await board.plugIn();
  return board;
}

const tactusTo = (port: string, more: object = {}) => SerialConfig.parse({ type: "serial", port, ...more });

describe.skipIf(!ready)("serial output to a board with our firmware", () => {
  outputCases({
    name: "tactus frames",
    open: async () => {
      const board = await plugged();
      const output = createSerialOutput(tactusTo(board.path), context());
      const { start } = output;
      // The suite speaks at once; a board takes a moment to answer.
      output.start = async () => {
        await start.call(output);
        await until(() => output.health().receiving === "receiving");
      };
      return {
        output,
        triggers: async () => {
          await setTimeout(300);
          return board.count(/^beat/);
        },
        handedBack: async () => {
          await until(() => board.count(/^level mode 5/) > 0);
          return true;
        },
        close: () => board.pullOut(),
      };
    },
  });

  it("greets the board, says what it is, and is answered", async () => {
    const board = await plugged();
    const output = createSerialOutput(tactusTo(board.path), context());
    await output.start();

    await until(() => output.health().receiving === "receiving");

    expect(output.health().peer).toContain("generic board");
    expect(output.health().peer).toContain("firmware 0.1.0, 60 pixels");
    await output.stop();
  });

  it("goes on when the board was unplugged and is plugged in again", async () => {
    const board = await plugged();
    const output = createSerialOutput(tactusTo(board.path), context());
    await output.start();
    await until(() => output.health().receiving === "receiving");

    await board.pullOut();
    await until(() => output.health().receiving === "not-receiving");
    expect(output.health().lastError).toMatch(/unplugged|not there/);
    output.beat(cueAt(0, now() + 0.1));
    await board.plugIn();
    await until(() => output.health().receiving === "receiving");

    const before = board.count(/^beat/);
    output.beat(cueAt(1, now() + 0.1));
    await until(() => board.count(/^beat/) === before + 1);
    await output.stop();
  });

  it("waits for a board that is not there yet", async () => {
    const board = await PtyBoard.make(program);
    boards.push(board);
    const output = createSerialOutput(tactusTo(board.path), context());
    await output.start();
    expect(output.health().lastError).toMatch(/not there: plug the board in/);

    await board.plugIn();
    await until(() => output.health().receiving === "receiving");

    expect(output.health().lastError).toBe("");
    await output.stop();
  });

  it("says what to flash when the board speaks another major version", async () => {
    const other = join(await buildFirmware("generic", { variables: { MAJOR: 2 } }), "tactus-generic");
    const board = await plugged(other);
    const output = createSerialOutput(tactusTo(board.path), context());
    await output.start();

    await until(() => output.health().lastError.includes("speaks protocol 2, this bridge 1"));

    expect(output.health().lastError).toContain("flash");
    expect(output.health().receiving).toBe("not-receiving");
    output.beat(cueAt(0, now() + 0.1));
    await setTimeout(200);
    expect(board.count(/^beat/)).toBe(0);
    await output.stop();
  });

  it("lights the board on the beat it announced", async () => {
    const board = await plugged();
    const output = createSerialOutput(tactusTo(board.path, { colour: "#ffffff" }), context());
    await output.start();
    await until(() => output.health().receiving === "receiving");
    output.mode("following");
    output.frame(poseAt(now()));

    for (let index = 0; index < 4; index++) {
      output.beat(cueAt(index, now() + 0.15));
      await setTimeout(500);
    }

    expect(board.count(/^shows (\d{3}) \1 \1/)).toBeGreaterThan(2);
    await output.stop();
  });

  it("shows rendered universes where it is given one", async () => {
    const board = await plugged();
    const output = createSerialOutput(tactusTo(board.path, { universe: 1, channel: 4, pixels: 60 }), context());
    await output.start();
    await until(() => output.health().receiving === "receiving");
    output.mode("following");

    output.frame(poseAt(now()));

    await until(() => board.count(/^shows 4 5 6 /) > 0);
    await output.stop();
    await until(() => board.count(/^shows 0 0 0 /) > 0);
  });
});

describe.skipIf(!ready)("serial output of pixels", () => {
  for (const protocol of ["adalight", "tpm2"] as const) {
    const config = (port: string) => SerialConfig.parse({ type: "serial", protocol, port, universe: 1, pixels: 4 });

    outputCases({
      name: protocol,
      open: async () => {
        const board = await plugged("cat >/dev/null");
        return { output: createSerialOutput(config(board.path), context()), close: () => board.pullOut() };
      },
    });

    it(`${protocol}: sends the patched channels, and dark ones at its end`, async () => {
      const board = await PtyBoard.make("");
      const file = `${board.path}.bytes`;
      const recorder = await plugged(`cat >${file}`);
      const output = createSerialOutput(config(recorder.path), context());
      await output.start();
      output.mode("following");
      output.frame(poseAt(now()));
      await output.stop();

      const length = protocol === "adalight" ? 6 + 12 : 4 + 12 + 1;
      const decode = protocol === "adalight" ? decodeAdalight : decodeTpm2;
      await until(async () => (await readFile(file)).length >= 2 * length);
      const bytes = await readFile(file);
      expect([...(decode(bytes.subarray(0, length)) ?? [])]).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
      expect([...(decode(bytes.subarray(-length)) ?? [])]).toEqual(Array(12).fill(0));
    });
  }
});
