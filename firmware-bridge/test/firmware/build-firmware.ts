/** Sources of the firmware into programs, by the same Makefile that people use. */
import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { scratchFolder } from "../scratch-folder.js";

export const FIRMWARE_DIR = fileURLToPath(new URL("../../firmware", import.meta.url));

export interface FirmwareOptions {
  /** Variables of the Makefile: PIXELS, BAUD, BRIGHTNESS, FLASHES. */
  variables?: Record<string, number>;
}

/** Runs one target of the Makefile in a folder of its own and returns that folder. */
export async function buildFirmware(target: string, options: FirmwareOptions = {}): Promise<string> {
  const folder = scratchFolder(`tactus-firmware-${target}-`);
  const variables = Object.entries(options.variables ?? {}).map(([name, value]) => `${name}=${value}`);
  await promisify(execFile)("make", ["-C", FIRMWARE_DIR, target, `BUILD=${folder}`, ...variables]);
  return folder;
}
