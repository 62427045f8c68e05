/** What a box lacks for an update, in words. */
import { statfs } from "node:fs/promises";
import { freemem } from "node:os";

/** A bundle, beside what is kept: MB. */
const DISK_MB = 64;
/** A trial process with a model: MB. */
const MEMORY_MB = 160;

/** Undefined when there is enough of everything. `folder` must be there. */
export async function lackOf(folder: string): Promise<string | undefined> {
  const { bavail, bsize } = await statfs(folder);
  const diskMb = Math.floor((bavail * bsize) / 1e6);
  if (diskMb < DISK_MB) return `The disk has ${diskMb} MB free, an update needs ${DISK_MB}`;
  const memoryMb = Math.floor(freemem() / 1e6);
  return memoryMb < MEMORY_MB ? `The box has ${memoryMb} MB of memory free, an update needs ${MEMORY_MB}` : undefined;
}
