/** Verified targets into the releases they make up: every path must be part of one. Reads manifests through what it is given. */
import {
  compareVersions,
  InputError,
  ModelManifest,
  ModelPolicy,
  parseJsonAs,
  ReleaseName,
  releasePath,
} from "@tactus/shared";
import type { TargetFile } from "@tufjs/models";
import { SetRefusedError } from "./tuf-set.js";

export interface ListedFile {
  file: string;
  path: string;
  sha256: string;
  bytes: number;
}

export interface Release {
  name: ReleaseName;
  files: ListedFile[];
  manifest: ModelManifest;
  card: string;
}

export interface ReleaseList {
  releases: Release[];
  policies: Map<string, ModelPolicy>;
}

type Read = (sha256: string) => Promise<Buffer>;
type Entries = readonly (readonly [path: string, target: TargetFile])[];

/** The file behind a target. Throws SetRefusedError for a path or hash that no release has. */
export function listedFile([path, target]: readonly [string, TargetFile]): ListedFile {
  const { sha256 } = target.hashes;
  if (sha256 === undefined || !/^[0-9a-f]{64}$/.test(sha256)) {
    throw new SetRefusedError("malformed", `Target ${path.slice(0, 200)} has no SHA-256`);
  }
  const parts = path.split("/");
  const file = parts.at(-1) ?? "";
  const isPolicy = parts.length === 2 && file === "policy.json" && ReleaseName.shape.name.safeParse(parts[0]).success;
  const isFile = parts.length === 3 && ReleaseName.safeParse({ name: parts[0], version: parts[1] }).success;
  if ((isPolicy || isFile) && /^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(file)) {
    return { file, path, sha256, bytes: target.length };
  }
  throw new SetRefusedError(
    "wrong-software",
    `Target path ${JSON.stringify(path.slice(0, 200))} belongs to no release`,
  );
}

/** Throws SetRefusedError when a bundle is not what its manifest says, or is listed against its policy. */
export async function readReleases(entries: Entries, read: Read): Promise<ReleaseList> {
  const files = entries.map(listedFile);
  const policies = new Map<string, ModelPolicy>();
  for (const file of files.filter(({ path }) => path.split("/").length === 2)) {
    const policy = await parsed(file, read, (content) => parseJsonAs(ModelPolicy, content, file.path));
    if (file.path !== `${policy.name}/policy.json`)
      throw new SetRefusedError("wrong-software", `${file.path} speaks of ${policy.name}`);
    policies.set(policy.name, policy);
  }
  const releases: Release[] = [];
  for (const manifest of files.filter(({ path, file }) => path.split("/").length === 3 && file === "manifest.json")) {
    releases.push(await readRelease(manifest, files, read));
  }
  refuseStrays(files, releases);
  for (const release of releases) refuseAgainstPolicy(release, policies.get(release.name.name));
  return { releases, policies };
}

async function readRelease(at: ListedFile, files: readonly ListedFile[], read: Read): Promise<Release> {
  const manifest = await parsed(at, read, (content) => parseJsonAs(ModelManifest, content, at.path));
  const name = { name: manifest.name, version: manifest.version };
  if (at.path !== releasePath(name, "manifest.json")) {
    throw new SetRefusedError("wrong-software", `${at.path} is the manifest of ${name.name} ${name.version}`);
  }
  const named = [manifest, ...(manifest.golden ? [manifest.golden] : []), ...(manifest.card ? [manifest.card] : [])];
  const own = named.map(({ file, sha256, bytes }) => {
    const listed = files.find(({ path }) => path === releasePath(name, file));
    if (listed?.sha256 === sha256 && listed.bytes === bytes) return listed;
    throw new SetRefusedError("mix-and-match", `${at.path} names ${file} as another file than the one that is signed`);
  });
  const card = own.find(({ file }) => file === manifest.card?.file);
  return {
    name,
    manifest,
    files: [at, ...own],
    card: card ? (await read(card.sha256)).toString("utf8") : "",
  };
}

function refuseStrays(files: readonly ListedFile[], releases: readonly Release[]): void {
  const known = new Set(releases.flatMap((release) => release.files.map(({ path }) => path)));
  const stray = files.find(({ path }) => path.split("/").length === 3 && !known.has(path));
  if (stray) throw new SetRefusedError("wrong-software", `Target ${stray.path} is named by no manifest`);
}

function refuseAgainstPolicy({ name }: Release, policy: ModelPolicy | undefined): void {
  const label = `${name.name} ${name.version}`;
  if (!policy) throw new SetRefusedError("malformed", `${label} is listed without ${name.name}/policy.json`);
  if (policy.revoked.some(({ version }) => version === name.version)) {
    throw new SetRefusedError("revoked", `${label} is revoked and listed all the same`);
  }
  if (compareVersions(name.version, policy.floor) < 0) {
    throw new SetRefusedError("below-floor", `${label} is listed below the floor ${policy.floor}`);
  }
}

async function parsed<T>({ sha256, path }: ListedFile, read: Read, parse: (content: Buffer) => T): Promise<T> {
  const content = await read(sha256);
  try {
    return parse(content);
  } catch (cause) {
    if (!(cause instanceof InputError)) throw cause;
    throw new SetRefusedError("malformed", `Target ${path}: ${cause.message}`, { cause });
  }
}
