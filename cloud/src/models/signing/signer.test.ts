import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { KeyRing } from "./key-ring.js";
import { RepositoryFolder } from "./repository-folder.js";
import { Signer } from "./signer.js";

// Keys are slow to open on purpose.
vi.setConfig({ testTimeout: 200_000, hookTimeout: 200_000 });

const BEGIN = new Date("2026-11-22T12:00:00Z");
const days = (count: number) => new Date(BEGIN.getTime() + count * 86_400_000);
const ONE = { count: 1, threshold: 1 };

let dir: string;
let now: Date;
let repository: RepositoryFolder;
let signer: Signer;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "tactus-signer-"));
  now = BEGIN;
  repository = new RepositoryFolder(join(dir, "repo"));
  const keys = new KeyRing({ folders: [join(dir, "keys")], passphrase: async () => "for tests only" });
  signer = new Signer({ repository, keys, now: () => now });
  await signer.init({ root: { count: 2, threshold: 2 }, targets: ONE, snapshot: ONE, timestamp: ONE });
});

afterEach(() => rm(dir, { recursive: true, force: true }));

const metadata = (name: string) => join(dir, "repo/metadata", name);

test("renewing keeps a repository fresh for as long as list and root live, and signs the snapshot only when due", async () => {
  expect(await signer.renew()).toEqual(["timestamp"]);
  now = days(4);
  expect(await signer.renew()).toEqual(["snapshot", "timestamp"]);
  await expect(repository.verified(days(5.1))).rejects.toThrow(/^freeze: timestamp.json/);
  now = days(91);
  await signer.renew();
  await expect(repository.verified(now)).rejects.toThrow(/^freeze: targets.json/);
  await signer.renew(["targets"]);
  expect((await repository.verified(now)).targets.signed.version).toBe(2);
  now = days(366);
  await signer.renew(["root", "targets"]);
  expect((await repository.verified(now)).root.signed.version).toBe(2);
});

test("a rotation that power cut off after the new root is finished by renewing", async () => {
  const old = await readFile(metadata("timestamp.json"));
  await signer.rotate("snapshot");
  await rm(metadata("2.snapshot.json"));
  await writeFile(metadata("timestamp.json"), old);
  await expect(repository.verified(now)).rejects.toThrow(/^unsigned: snapshot.json/);

  expect(await signer.renew()).toEqual(["snapshot", "timestamp"]);

  expect((await repository.verified(now)).root.signed.version).toBe(2);
});

test("a second ceremony on the same repository, and a threshold nobody can reach, are refused before a key is made", async () => {
  const ceremony = { root: ONE, targets: ONE, snapshot: ONE, timestamp: ONE };
  const before = await readdir(join(dir, "keys"));

  await expect(signer.init(ceremony)).rejects.toThrow(/is a repository already/);
  const elsewhere = new RepositoryFolder(join(dir, "other"));
  const keys = new KeyRing({ folders: [join(dir, "keys")], passphrase: async () => "for tests only" });
  const other = new Signer({ repository: elsewhere, keys, now: () => now });
  await expect(other.init({ ...ceremony, root: { count: 2, threshold: 3 } })).rejects.toThrow(
    /3 of 2 root keys can never sign/,
  );

  expect(await readdir(join(dir, "keys"))).toEqual(before);
});
