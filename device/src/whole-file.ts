/** Small files that are there whole or not at all, whenever the power goes; only the owner may read them. */
import { open, readFile, rename } from "node:fs/promises";
import { dirname } from "node:path";

export async function writeWholeFile(path: string, text: string): Promise<void> {
  const fresh = `${path}.new`;
  const file = await open(fresh, "w", 0o600);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(fresh, path);
  const folder = await open(dirname(path), "r");
  try {
    await folder.sync(); // the new name is on the disk, too
  } finally {
    await folder.close();
  }
}

/** Undefined when it is not there. */
export async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, "utf8");
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw cause;
  }
}
