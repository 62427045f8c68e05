/** The folder in which the cloud keeps everything, made where it is not there. */
import { mkdir } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { InputError, makeFolder } from "@tactus/shared";

/** Throws InputError where none can be made. */
export async function makeDataDir(dataDir: string): Promise<void> {
  try {
    await makeFolder(resolve(dataDir), { mkdir: (path) => mkdir(path, { mode: 0o700 }), dirname });
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    throw new InputError(`dataDir ${dataDir} cannot be made (${code}): name a folder that may be written`, { cause });
  }
}
