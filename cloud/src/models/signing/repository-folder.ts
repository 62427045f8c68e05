/** The signed repository as files: `metadata/<version>.<role>.json`, `metadata/timestamp.json`, `targets/<path>/<hash>.<file>`. */
import { readdir, readFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { InputError, UnavailableError } from "@tactus/shared";
import type { TargetFile } from "@tufjs/models";
import { type TrustedBytes, type VerifiedSet, verifySet } from "../tuf-set.js";
import { writeWhole } from "./write-whole.js";

export class RepositoryFolder {
  readonly #dir: string;

  constructor(dir: string) {
    this.#dir = dir;
  }

  get dir(): string {
    return this.#dir;
  }

  /** Every root, oldest first; none = this is no repository yet. */
  async roots(): Promise<Buffer[]> {
    const versions = (await this.#names()).flatMap((name) => {
      const digits = /^(\d{1,9})\.root\.json$/.exec(name)?.[1];
      return digits === undefined ? [] : [Number(digits)];
    });
    return Promise.all(versions.sort((a, b) => a - b).map((version) => this.metadata(`${version}.root.json`)));
  }

  /** Throws InputError when it is not there. */
  async metadata(file: string): Promise<Buffer> {
    const path = join(this.#dir, "metadata", file);
    try {
      return await readFile(path);
    } catch (cause) {
      throw new InputError(`${path} cannot be read: ${(cause as Error).message}`, { cause });
    }
  }

  /** Files in the order given: what refers to others comes after them, timestamp.json last. */
  async write(files: readonly { file: string; content: string }[]): Promise<void> {
    for (const { file, content } of files) await writeWhole(join(this.#dir, "metadata", file), content);
  }

  /** Puts a file where clients look for this target. */
  async addTarget(path: string, target: TargetFile, content: Uint8Array): Promise<void> {
    await writeWhole(this.targetFile(path, target), content);
  }

  /** Where a target's file lies (consistent snapshots, specification 6.2). */
  targetFile(path: string, target: TargetFile): string {
    return join(this.#dir, "targets", consistentPath(path, target));
  }

  /** The present set, checked as a client would from `root`, the oldest one by default. Throws SetRefusedError. */
  async verified(now: Date, root?: Buffer): Promise<VerifiedSet> {
    const { trusted, roots, set } = await this.files(root);
    return verifySet({ trusted, roots, set, now });
  }

  /** What a publication consists of. Throws InputError where something is missing. */
  async files(root?: Buffer) {
    const roots = await this.roots();
    const first = root ?? roots[0];
    if (!first) throw new InputError(`${this.#dir} is no repository: make one with \`tactus models init\``);
    const timestamp = await this.metadata("timestamp.json");
    const snapshot = await this.metadata(`${versionIn(timestamp, "snapshot.json")}.snapshot.json`);
    const targets = await this.metadata(`${versionIn(snapshot, "targets.json")}.targets.json`);
    return { trusted: { root: first } satisfies TrustedBytes, roots, set: { timestamp, snapshot, targets } };
  }

  async #names(): Promise<string[]> {
    try {
      return await readdir(join(this.#dir, "metadata"));
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code === "ENOENT") return [];
      throw new UnavailableError(`Repository ${this.#dir} cannot be read: ${(cause as Error).message}`, { cause });
    }
  }
}

/** "tactus-beat/1.0.0/beat.onnx" → "tactus-beat/1.0.0/<sha256>.beat.onnx". */
export function consistentPath(path: string, target: TargetFile): string {
  return join(dirname(path), `${target.hashes.sha256}.${basename(path)}`);
}

/** Only to find the next file: nothing is believed before the whole set is checked. */
export function versionIn(bytes: Buffer, file: string): number {
  try {
    const version: unknown = JSON.parse(bytes.toString("utf8")).signed.meta[file].version;
    if (Number.isSafeInteger(version)) return version as number;
  } catch {
    // The same as a version that is none.
  }
  throw new InputError(`The metadata does not say which version of ${file} belongs to it: it is damaged`);
}
