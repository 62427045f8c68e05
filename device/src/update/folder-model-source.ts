/** Models from a folder, such as a USB stick: FOLDER/<name>/<version>/ with the same files as a bundle. Trusted as it is. */
import { createHash } from "node:crypto";
import { copyFile, mkdir, readdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { type ModelManifest, type ModelName, UnavailableError } from "@tactus/shared";
import { type ModelSource, UpdateRefusedError } from "./model-source.js";

export interface FolderModelSourceOptions {
  folder: string;
  /** A folder into its manifest; rejects when the model is not whole. */
  check: (dir: string) => Promise<ModelManifest>;
}

export class FolderModelSource implements ModelSource {
  readonly #options: FolderModelSourceOptions;

  constructor(options: FolderModelSourceOptions) {
    this.#options = options;
  }

  async fetch(
    { name, version }: ModelName,
    into: string,
    signal: AbortSignal,
    onProgress: (share: number) => void,
  ): Promise<void> {
    const from = join(this.#options.folder, name, version);
    const manifest = await this.#manifest(from);
    const files = [manifest.file, ...(manifest.golden ? [manifest.golden.file] : []), "manifest.json"];
    await mkdir(into, { recursive: true, mode: 0o700 });
    for (const entry of await readdir(into))
      if (!files.includes(entry)) await rm(join(into, entry), { recursive: true });
    for (const [k, file] of files.entries()) {
      signal.throwIfAborted();
      if ((await hash(join(into, file))) !== (await hash(join(from, file))))
        await copyFile(join(from, file), join(into, file));
      onProgress((k + 1) / files.length);
    }
  }

  async #manifest(from: string): Promise<ModelManifest> {
    try {
      await readdir(from);
    } catch (cause) {
      throw new UnavailableError(`${from} cannot be read: ${(cause as Error).message}`, { cause });
    }
    try {
      return await this.#options.check(from);
    } catch (cause) {
      throw new UpdateRefusedError((cause as Error).message, { cause });
    }
  }
}

/** Undefined when it is not there. */
async function hash(path: string): Promise<string | undefined> {
  try {
    return createHash("sha256")
      .update(await readFile(path))
      .digest("hex");
  } catch {
    return undefined;
  }
}
