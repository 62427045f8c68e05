/** The number of files a process may have open, against what a fleet needs. */
import { readFile } from "node:fs/promises";
import { UnavailableError } from "@tactus/shared";

/** Beside the connections: libraries, channels, and room to breathe. */
const SPARE = 100;

/** Throws UnavailableError, with the remedy, when so many connections would not fit. Only Linux tells. */
export async function requireOpenFiles(connections: number): Promise<void> {
  const limit = await openFileLimit();
  if (limit === undefined || connections + SPARE <= limit) return;
  throw new UnavailableError(
    `${connections} connections in one process need ${connections + SPARE} open files and ${limit} are allowed: ` +
      `raise it with "ulimit -n ${connections + SPARE}" (the cloud needs it too), or use more --processes`,
  );
}

/** Undefined where the system does not say. */
export async function openFileLimit(): Promise<number | undefined> {
  const limits = await readFile("/proc/self/limits", "utf8").catch(() => "");
  const soft = /^Max open files\s+(\d+)/m.exec(limits)?.[1];
  return soft === undefined ? undefined : Number(soft);
}
