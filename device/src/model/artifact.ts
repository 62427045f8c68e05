/** A folder with manifest.json into a checked artifact: the bytes are what the manifest says they are. */
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { InputError, ModelManifest, parseJsonAs } from "@tactus/shared";

export interface Artifact {
  manifest: ModelManifest;
  bytes: Uint8Array;
}

/** Throws InputError when a file is missing, malformed or not the one the manifest speaks of. */
export async function loadArtifact(dir: string): Promise<Artifact> {
  const manifestPath = join(dir, "manifest.json");
  const manifest = parseJsonAs(ModelManifest, await readOrExplain(manifestPath), manifestPath);
  if (basename(manifest.file) !== manifest.file)
    throw new InputError(`${manifestPath}: file "${manifest.file}" is not a plain name`);
  const path = join(dir, manifest.file);
  const bytes = await readOrExplain(path);
  const sha256 = createHash("sha256").update(bytes).digest("hex");
  if (sha256 !== manifest.sha256) {
    throw new InputError(`${path} has SHA-256 ${sha256}, the manifest says ${manifest.sha256}: fetch the model again`);
  }
  return { manifest, bytes };
}

async function readOrExplain(path: string): Promise<Buffer> {
  try {
    return await readFile(path);
  } catch (cause) {
    throw new InputError(`Model file ${path} cannot be read: ${(cause as Error).message}`, { cause });
  }
}
