/** A repository, on disk or in a cloud, into the finding that a box would accept it: metadata, then every file. */
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { InputError, UnavailableError } from "@tactus/shared";
import type { TargetFile } from "@tufjs/models";
import { readReleases } from "../release-list.js";
import { SetRefusedError, targetsOf, type VerifiedSet, verifySet } from "../tuf-set.js";
import { consistentPath, type RepositoryFolder, versionIn } from "./repository-folder.js";

type Content = AsyncIterable<Uint8Array>;
type Open = (path: string, target: TargetFile) => Content | Promise<Content>;

/** Lines for people. Throws SetRefusedError or InputError with the first thing that is wrong. */
export async function verifyFolder(repository: RepositoryFolder, now: Date, root?: Buffer): Promise<string[]> {
  const set = await repository.verified(now, root);
  return report(set, (path, target) => createReadStream(repository.targetFile(path, target)));
}

/** The same over HTTP; `url` is the cloud's address. */
export async function verifyCloud(url: string, now: Date, root?: Buffer): Promise<string[]> {
  const base = `${url.replace(/\/+$/, "")}/api/v1/tuf`;
  const metadata = (file: string) => fetchWhole(`${base}/metadata/${file}`);
  const roots = await rootsFrom(metadata);
  const first = root ?? roots[0];
  if (!first) throw new InputError(`The cloud at ${url} has no models: publish some first`);
  const timestamp = await metadata("timestamp.json");
  const snapshot = await metadata(`${versionIn(timestamp, "snapshot.json")}.snapshot.json`);
  const targets = await metadata(`${versionIn(snapshot, "targets.json")}.targets.json`);
  const set = verifySet({ trusted: { root: first }, roots, set: { timestamp, snapshot, targets }, now });
  return report(set, (path, target) => fetchStream(`${base}/targets/${consistentPath(path, target)}`));
}

async function report(set: VerifiedSet, open: Open): Promise<string[]> {
  const small = new Map<string, Buffer>();
  for (const [path, target] of targetsOf(set)) {
    const content = await checkTarget(path, target, open);
    if (content) small.set(target.hashes.sha256 ?? "", content);
  }
  const { releases } = await readReleases(targetsOf(set), async (sha256) => small.get(sha256) ?? Buffer.alloc(0));
  const roles = [set.root, set.targets, set.snapshot, set.timestamp];
  return [
    ...roles.map(({ signed }) => `${signed.type.padEnd(9)} ${signed.version}, good until ${signed.expires}`),
    ...releases.map(({ name, files }) => `${name.name} ${name.version}: ${files.length} files, every hash as signed`),
  ];
}

/** The content of what has to be read (JSON, Markdown); others are hashed as they stream by. */
async function checkTarget(path: string, target: TargetFile, open: Open): Promise<Buffer | undefined> {
  const hash = createHash("sha256");
  const kept: Uint8Array[] = [];
  const isKept = /\.(json|md)$/.test(path);
  let bytes = 0;
  try {
    for await (const chunk of await open(path, target)) {
      bytes += chunk.length;
      if (bytes > target.length)
        throw new SetRefusedError("endless-data", `${path} is longer than ${target.length} bytes`);
      hash.update(chunk);
      if (isKept) kept.push(chunk);
    }
  } catch (cause) {
    if (cause instanceof SetRefusedError || cause instanceof UnavailableError) throw cause;
    throw new InputError(`Target ${path} cannot be read: ${(cause as Error).message}`, { cause });
  }
  const found = hash.digest("hex");
  if (bytes !== target.length || found !== target.hashes.sha256) {
    throw new SetRefusedError("wrong-hash", `${path} has ${bytes} bytes and SHA-256 ${found}, not what is signed`);
  }
  return isKept ? Buffer.concat(kept) : undefined;
}

async function rootsFrom(metadata: (file: string) => Promise<Buffer>): Promise<Buffer[]> {
  const roots: Buffer[] = [];
  for (let version = 1; version <= 256; version++) {
    try {
      roots.push(await metadata(`${version}.root.json`));
    } catch (error) {
      if (error instanceof InputError) return roots;
      throw error;
    }
  }
  return roots;
}

async function fetchWhole(url: string): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of await fetchStream(url)) chunks.push(chunk);
  return Buffer.concat(chunks);
}

async function fetchStream(url: string): Promise<Content> {
  const response = await fetch(url).catch((cause) => {
    throw new UnavailableError(`${url} cannot be reached: ${(cause as Error).message}`, { cause });
  });
  if (response.ok && response.body) return response.body as unknown as Content;
  throw new InputError(`${url} answers ${response.status}`);
}
