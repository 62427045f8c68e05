/** A folder with manifest.json into the files of a release, each with the hash that will be signed. */
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { InputError, ModelManifest, parseAs, parseJsonAs, ReleaseName } from "@tactus/shared";

export interface BundleFile {
  file: string;
  content: Buffer;
  sha256: string;
}

export interface Bundle {
  manifest: ModelManifest;
  name: ReleaseName;
  /** manifest.json first. */
  files: BundleFile[];
}

export const sha256Of = (content: Uint8Array): string => createHash("sha256").update(content).digest("hex");

/** Throws InputError for a file that is missing or not what the manifest says, and for a bundle that rollouts cannot use. */
export async function readBundle(dir: string): Promise<Bundle> {
  const content = await readOrExplain(join(dir, "manifest.json"));
  const manifest = parseJsonAs(ModelManifest, content, join(dir, "manifest.json"));
  const { name, version, golden, card } = manifest;
  if (!golden) {
    throw new InputError(
      `${dir} has no golden clip, and a box tries no model without: make one with \`node models/scripts/golden_clip.mjs ${dir}\``,
    );
  }
  const files: BundleFile[] = [{ file: "manifest.json", content, sha256: sha256Of(content) }];
  for (const named of [manifest, golden, ...(card ? [card] : [])]) files.push(await readNamed(dir, named));
  const names = files.map(({ file }) => file);
  const twice = names.find((file, index) => names.indexOf(file) !== index);
  if (twice !== undefined) throw new InputError(`${dir}: two parts of the manifest name the same file ${twice}`);
  return { manifest, name: parseAs(ReleaseName, { name, version }, `${dir}: name`), files };
}

async function readNamed(dir: string, named: { file: string; sha256: string; bytes: number }): Promise<BundleFile> {
  const path = join(dir, named.file);
  const content = await readOrExplain(path);
  const sha256 = sha256Of(content);
  if (sha256 !== named.sha256 || content.length !== named.bytes) {
    throw new InputError(
      `${path} has ${content.length} bytes and SHA-256 ${sha256}, the manifest says ${named.bytes} and ${named.sha256}`,
    );
  }
  return { file: named.file, content, sha256 };
}

async function readOrExplain(path: string): Promise<Buffer> {
  try {
    return await readFile(path);
  } catch (cause) {
    throw new InputError(`${path} cannot be read: ${(cause as Error).message}`, { cause });
  }
}
