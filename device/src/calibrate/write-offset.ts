/** Writes captureOffsetMs into the device's configuration, and leaves everything else in it, comments too, as it is. */
import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { InputError } from "@tactus/shared";
import { parseDocument } from "yaml";

/** The file is made when there is none. Throws InputError when it is not a YAML file of settings. */
export async function writeOffset(path: string, captureOffsetMs: number): Promise<void> {
  const text = await readFile(path, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return "";
    throw new InputError(`Configuration ${path} cannot be read: ${error.message}`, { cause: error });
  });
  const document = parseDocument(text);
  const [error] = document.errors;
  if (error)
    throw new InputError(`Configuration ${path} is not YAML: ${error.message.split("\n")[0]}`, { cause: error });
  document.set("captureOffsetMs", captureOffsetMs);
  await mkdir(dirname(path), { recursive: true });
  // A box that loses power here keeps its old configuration.
  await writeFile(`${path}.new`, String(document));
  await rename(`${path}.new`, path);
}
