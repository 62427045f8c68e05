/** `tactus bridge flash`: the firmware onto a board, by the ordinary tool for that board. */
import { copyFile, readdir } from "node:fs/promises";
import { homedir, userInfo } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { UnavailableError, UsageError } from "@tactus/shared";
import { listBoardPorts } from "../serial-ports.js";
import { commandLine, findProgram, requirePrograms, runProgram } from "./programs.js";

export const FLASH_BOARDS = ["avr", "rp2040"] as const;
export type FlashBoard = (typeof FLASH_BOARDS)[number];

export interface FlashOptions {
  /** Default: what the USB identity of the port says, and an AVR where it says nothing. */
  board?: FlashBoard;
  /** Serial port of an AVR board; without it the only known one. */
  port?: string;
  /** A built .hex or .uf2; without it the firmware is built here. */
  file?: string;
  /** Built into the firmware; the Makefile's own defaults otherwise. */
  pixels?: number;
  baud?: number;
  /** Cap, 0..255. */
  brightness?: number;
  /** Speed of the AVR's bootloader: 115 200, or 57 600 for older Nanos. */
  bootloaderBaud?: number;
  /** Print the commands, run none. */
  dryRun?: boolean;
  print: (line: string) => void;
}

const FIRMWARE_DIR = fileURLToPath(new URL("../../firmware", import.meta.url));
const BUILD_DIR = join(homedir(), ".cache", "tactus", "firmware");

const BUILDS = {
  avr: { target: "avr", file: "tactus-avr.hex", programs: ["make", "avr-gcc", "avr-objcopy"] },
  rp2040: { target: "rp2040", file: "tactus-rp2040.uf2", programs: ["make", "arm-none-eabi-gcc"] },
} as const;

/** Throws UnavailableError naming the missing program and its package, or the missing board; UsageError for an unclear port. */
export async function runFlash(options: FlashOptions): Promise<void> {
  const board = options.board ?? (await boardOf(options.port));
  const file = options.file ?? (await build(board, options));
  if (board === "avr") await flashAvr(file, options);
  else await flashRp2040(file, options);
}

async function boardOf(port: string | undefined): Promise<FlashBoard> {
  const known = (await listBoardPorts()).find(({ path, kind }) => kind && (!port || path === port));
  return known?.kind ?? "avr";
}

async function build(board: FlashBoard, options: FlashOptions): Promise<string> {
  const { target, file, programs } = BUILDS[board];
  const { pixels, baud, brightness, dryRun, print } = options;
  const variables = Object.entries({ PIXELS: pixels, BAUD: baud, BRIGHTNESS: brightness })
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${name}=${value}`);
  // A build with other numbers is another build.
  const folder = join(BUILD_DIR, [target, ...variables].join("-"));
  const command = ["make", "-C", FIRMWARE_DIR, target, `BUILD=${folder}`, ...variables];
  print(commandLine(command));
  if (!dryRun) {
    await requirePrograms(programs);
    await runProgram(command);
  }
  return join(folder, file);
}

async function flashAvr(file: string, { port, bootloaderBaud = 115_200, dryRun, print }: FlashOptions): Promise<void> {
  const path = port ?? (await onlyAvrPort(dryRun ?? false));
  const speed = String(bootloaderBaud);
  const command = [
    "avrdude",
    "-p",
    "atmega328p",
    "-c",
    "arduino",
    "-P",
    path,
    "-b",
    speed,
    "-D",
    "-U",
    `flash:w:${file}:i`,
  ];
  print(commandLine(command));
  if (dryRun) return;
  await requirePrograms(["avrdude"]);
  await runProgram(command);
}

async function onlyAvrPort(dryRun: boolean): Promise<string> {
  const ports = (await listBoardPorts()).filter(({ kind }) => kind === "avr");
  const [first, second] = ports;
  if (second)
    throw new UsageError(`Several boards are plugged in: say --port ${ports.map(({ path }) => path).join(" or ")}`);
  if (first) return first.path;
  if (dryRun) return "PORT";
  throw new UnavailableError("No Arduino is plugged in: connect one, or name its port with --port");
}

async function flashRp2040(file: string, { dryRun, print }: FlashOptions): Promise<void> {
  if (await findProgram("picotool")) {
    const command = ["picotool", "load", "-x", file];
    print(commandLine(command));
    if (!dryRun) await runProgram(command);
    return;
  }
  const drive = await findBootDrive();
  print(commandLine(["cp", file, drive ?? "RPI-RP2"]));
  if (dryRun) return;
  if (!drive) {
    throw new UnavailableError(
      "No drive RPI-RP2 is mounted: hold BOOTSEL while you plug the Pico in, and mount the drive that appears (or install picotool)",
    );
  }
  await copyFile(file, join(drive, "tactus.uf2"));
  print("Copied; the board starts by itself");
}

/** The drive that a Pico in its boot loader shows: where desktops mount it. */
async function findBootDrive(): Promise<string | undefined> {
  const { username } = userInfo();
  for (const folder of ["/media", `/media/${username}`, `/run/media/${username}`, "/Volumes", "/mnt"]) {
    const names = await readdir(folder).catch((): string[] => []);
    if (names.includes("RPI-RP2")) return join(folder, "RPI-RP2");
  }
  return undefined;
}
