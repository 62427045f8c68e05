import { join } from "node:path";
import { afterEach, beforeAll, describe, expect, it } from "vitest";
import { runFlash } from "../src/flash/run-flash.js";
import { scanSerial } from "../src/scan/serial-scan.js";
import { runMonitor } from "../src/serial-monitor.js";
import { buildFirmware, FIRMWARE_DIR } from "./firmware/build-firmware.js";
import { PtyBoard, until } from "./firmware/pty-board.js";
import { needs } from "./receivers.js";

const ready = needs("socat", "socat") && needs("gcc", "gcc") && needs("make", "make");
const canFlash = needs("avrdude", "avrdude");

let program = "";
beforeAll(async () => {
  if (ready) program = join(await buildFirmware("generic"), "tactus-generic");
});
const boards: PtyBoard[] = [];
afterEach(async () => {
  for (const board of boards.splice(0)) await board.pullOut();
});

async function plugged(command: string): Promise<PtyBoard> {
  const board = await PtyBoard.make(command);
  boards.push(board);
  await board.plugIn();
  return board;
}

describe.skipIf(!ready)("scan of serial ports", () => {
  it("lists a board by its answer, and another port with what to do", async () => {
    const board = await plugged(program);
    const other = await plugged("cat >/dev/null");

    const found = await scanSerial({ seconds: 2, ports: [board.path, other.path] });

    expect(found.find(({ address }) => address === board.path)).toMatchObject({
      kind: "serial",
      name: "generic board",
      detail: "Tactus firmware 0.1.0 (protocol 1), 60 pixels",
      suggestion: `type: serial\nport: "${board.path}"`,
    });
    expect(found.find(({ address }) => address === other.path)?.detail).toContain("tactus bridge flash");
  });
});

describe.skipIf(!ready)("monitor of a serial line", () => {
  it("prints both directions in words until it is told to end", async () => {
    const board = await plugged(program);
    const lines: string[] = [];
    const end = new AbortController();

    const monitor = runMonitor({ port: board.path, signal: end.signal, print: (line) => void lines.push(line) });
    await until(() => lines.some((line) => line.includes("< pong")));
    end.abort();
    await monitor;

    const text = lines.join("\n");
    expect(text).toContain("> hello, protocol 1.0");
    expect(text).toContain(
      "< welcome, protocol 1.0, firmware 0.1.0, generic board, 60 pixels, at most 3 flashes a second",
    );
    expect(text).toContain("> ping");
    expect(text).toMatch(/< pong: idle, level 0 %, no beat yet, crystal -?\d+ ppm, \d+ frames, 0 damaged, 0 lost/);
  });

  it("says that a port is not there", async () => {
    const monitor = runMonitor({ port: "/dev/no-such-port", signal: new AbortController().signal, print() {} });

    await expect(monitor).rejects.toThrow("/dev/no-such-port is not there: plug the board in");
  });
});

describe("flash", () => {
  const dryRun = async (options: object): Promise<string[]> => {
    const lines: string[] = [];
    await runFlash({ dryRun: true, print: (line) => void lines.push(line), ...options });
    return lines;
  };

  it("prints how an AVR is built and flashed, and does neither", async () => {
    const [make, avrdude] = await dryRun({ board: "avr", port: "/dev/ttyACM0", pixels: 120 });

    expect(make).toMatch(/^make -C .*firmware avr BUILD=.*avr-PIXELS=120 PIXELS=120$/);
    expect(avrdude).toMatch(
      /^avrdude -p atmega328p -c arduino -P \/dev\/ttyACM0 -b 115200 -D -U flash:w:.*tactus-avr\.hex:i$/,
    );
  });

  it("prints how an RP2040 is flashed, with a file that was built before", async () => {
    const [line, ...more] = await dryRun({ board: "rp2040", file: "tactus.uf2" });

    expect(line).toMatch(/^(picotool load -x|cp) .*tactus\.uf2/);
    expect(more).toEqual([]);
  });

  it.skipIf(!canFlash)("says what failed when the programmer reaches no board", async () => {
    const file = join(FIRMWARE_DIR, "no-such.hex");
    const flash = runFlash({ board: "avr", port: "/dev/no-such-port", file, print() {} });

    await expect(flash).rejects.toThrow("avrdude ended with 1");
  });
});
