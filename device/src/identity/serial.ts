/** The serial number under which this box can be let in beforehand: the board's, or one of its own. */
import { createHash, randomBytes } from "node:crypto";
import { join } from "node:path";
import { Serial } from "@tactus/shared";
import { readIfThere, writeWholeFile } from "../whole-file.js";

const BOARD = "/proc/device-tree/serial-number";
const MACHINE = "/etc/machine-id";

/** Kept in `<stateDir>/serial`, so that it stays the same whatever becomes of where it came from. */
export async function loadOrMakeSerial(stateDir: string, places = { board: BOARD, machine: MACHINE }): Promise<string> {
  const path = join(stateDir, "serial");
  const known = Serial.safeParse((await readQuietly(path)).trim());
  if (known.success) return known.data;
  const serial = await findSerial(places);
  await writeWholeFile(path, `${serial}\n`);
  return serial;
}

async function findSerial({ board, machine }: typeof DEFAULT_PLACES): Promise<string> {
  const printed = Serial.safeParse((await readQuietly(board)).replace(/[\0\s]/g, ""));
  if (printed.success && !/^0+$/.test(printed.data)) return printed.data;
  const id = (await readQuietly(machine)).trim();
  // Machine ids are not to be shown outside as they are (machine-id(5)).
  if (id !== "") return createHash("sha256").update(`tactus serial\n${id}`).digest("hex").slice(0, 16);
  return randomBytes(8).toString("hex");
}

const DEFAULT_PLACES = { board: BOARD, machine: MACHINE };

const readQuietly = async (path: string): Promise<string> => (await readIfThere(path).catch(() => "")) ?? "";
