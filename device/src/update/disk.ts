/** The few things the updater does to the disk, so that power may go at any of them. */
import { mkdir, open, readdir, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";

/** `from` takes the place of `to`; between the two steps there is none at `to`, and `from` is still whole. */
export async function replaceFolder(from: string, to: string): Promise<void> {
  const gone = `${to}.gone`;
  await rm(gone, { recursive: true, force: true });
  await rename(to, gone).catch(ignoreMissing);
  await rename(from, to);
  await syncOne(dirname(to));
  await rm(gone, { recursive: true, force: true });
}

/** Everything in a folder is on the disk when this resolves. */
export async function syncFolder(folder: string): Promise<void> {
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    if (entry.isFile()) await syncOne(join(folder, entry.name));
  }
  await syncOne(folder);
}

export async function emptyFolder(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true, mode: 0o700 });
}

async function syncOne(path: string): Promise<void> {
  const file = await open(path, "r");
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}

function ignoreMissing(error: NodeJS.ErrnoException): void {
  if (error.code !== "ENOENT") throw error;
}
