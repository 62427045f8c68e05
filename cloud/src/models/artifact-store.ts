/** Immutable files by their hash: `<folder>/<sha256>`, whole and right or not there. */
import { createHash, randomBytes } from "node:crypto";
import { createReadStream } from "node:fs";
import { mkdir, open, readdir, readFile, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { InputError, UnavailableError } from "@tactus/shared";
import { BadRequestError, TooLargeError } from "../problems.js";

export interface ArtifactStoreOptions {
  folder: string;
  /** Largest artifact, bytes. */
  maxBytes: number;
}

const SHA256 = /^[0-9a-f]{64}$/;
const DRAFT = ".draft";

export class ArtifactStore {
  readonly #options: ArtifactStoreOptions;

  constructor(options: ArtifactStoreOptions) {
    this.#options = options;
  }

  /** Removes what an upload that was cut off has left. */
  async start(): Promise<void> {
    await mkdir(this.#options.folder, { recursive: true });
    const names = await readdir(this.#options.folder);
    await Promise.all(
      names.filter((name) => name.endsWith(DRAFT)).map((name) => rm(this.#path(name), { force: true })),
    );
  }

  async has(sha256: string, bytes: number): Promise<boolean> {
    return stat(this.#path(sha256)).then(
      ({ size }) => size === bytes,
      () => false,
    );
  }

  /**
   * Takes the bytes when they have this hash; what is there already is kept. Returns their number. Throws BadRequestError,
   * TooLargeError, or UnavailableError when the disk is full.
   */
  async put(sha256: string, content: AsyncIterable<Uint8Array>): Promise<number> {
    if (!SHA256.test(sha256)) throw new BadRequestError(`"${sha256.slice(0, 80)}" is no SHA-256 in lower-case hex`);
    const draft = this.#path(`${sha256}.${randomBytes(4).toString("hex")}${DRAFT}`);
    try {
      const bytes = await this.#write(draft, sha256, content);
      await rename(draft, this.#path(sha256));
      await syncFolder(this.#options.folder);
      return bytes;
    } catch (cause) {
      await rm(draft, { force: true });
      if ((cause as NodeJS.ErrnoException).code !== "ENOSPC") throw cause;
      throw new UnavailableError("The cloud's disk is full: nothing was stored, free some space and send it again", {
        cause,
      });
    }
  }

  /** `range`: both ends included. */
  stream(sha256: string, range?: { start: number; end: number }): NodeJS.ReadableStream {
    return createReadStream(this.#path(sha256), range ?? {});
  }

  /** Whole, for small ones; checked again, since disks forget. Throws InputError. */
  async read(sha256: string): Promise<Buffer> {
    const content = await readFile(this.#path(sha256));
    if (createHash("sha256").update(content).digest("hex") === sha256) return content;
    throw new InputError(`Artifact ${sha256} is damaged on disk: remove it and publish again`);
  }

  /** Removes what nothing refers to and is older than this, milliseconds. Returns how many. */
  async collect({
    referenced,
    olderThanMs,
  }: {
    referenced: ReadonlySet<string>;
    olderThanMs: number;
  }): Promise<number> {
    let removed = 0;
    for (const name of await readdir(this.#options.folder)) {
      if (!SHA256.test(name) || referenced.has(name)) continue;
      const path = this.#path(name);
      const { mtimeMs } = await stat(path);
      if (Date.now() - mtimeMs < olderThanMs) continue;
      await rm(path, { force: true });
      removed++;
    }
    return removed;
  }

  async #write(draft: string, sha256: string, content: AsyncIterable<Uint8Array>): Promise<number> {
    const { maxBytes } = this.#options;
    const hash = createHash("sha256");
    let bytes = 0;
    const file = await open(draft, "wx");
    try {
      for await (const chunk of content) {
        bytes += chunk.length;
        if (bytes > maxBytes) throw new TooLargeError(`The artifact is larger than ${maxBytes} bytes`);
        hash.update(chunk);
        await file.writeFile(chunk);
      }
      await file.sync();
    } finally {
      await file.close();
    }
    const found = hash.digest("hex");
    if (found === sha256) return bytes;
    throw new BadRequestError(`${bytes} bytes arrived with SHA-256 ${found}, not ${sha256}`, {
      remedy: "Send the file again: it was cut off or is another one",
    });
  }

  #path(name: string): string {
    return join(this.#options.folder, name);
  }
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
