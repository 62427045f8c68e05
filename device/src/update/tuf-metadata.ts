/** The metadata that this box trusts, on disk: each file whole at any moment, whenever power goes. */
import { mkdir, readdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { UnavailableError } from "@tactus/shared";
import { writeWholeFile } from "../whole-file.js";
import { emptyFolder } from "./disk.js";
import { ModelRefusedError } from "./tuf-refusal.js";

/** What refers to others comes after them (consistent with client workflow 5.3.8, 5.4.5, 5.5.7, 5.6.7). */
const FILES = ["root.json", "timestamp.json", "snapshot.json", "targets.json"] as const;

export interface TufMetadataOptions {
  folder: string;
  /** Looked for in this order: the root that was configured, or handed out when the box was claimed. */
  rootFiles: readonly string[];
  /** The first root of the repository itself: trust on first use, where no file is at hand. */
  firstRoot: () => Promise<Buffer>;
  warn(message: string): void;
}

export class TufMetadata {
  readonly #options: TufMetadataOptions;

  constructor(options: TufMetadataOptions) {
    this.#options = options;
  }

  /** A copy for the TUF client to work on: it writes files in place, and a power cut would leave half of one. */
  async checkOut(): Promise<{ folder: string; isFirstUse: boolean }> {
    const scratch = this.#path("refresh");
    await emptyFolder(scratch);
    await mkdir(this.#path("trusted"), { recursive: true, mode: 0o700 });
    const known = (await this.#trustedRoot()) ?? (await this.#handedOut());
    await writeWholeFile(join(scratch, "root.json"), known ?? (await this.#firstRoot()));
    for (const file of FILES.slice(1)) {
      const content = await readIfThere(join(this.#path("trusted"), file));
      if (content !== undefined) await writeWholeFile(join(scratch, file), content);
    }
    return { folder: scratch, isFirstUse: known === undefined };
  }

  /**
   * Keeps what the client has found right, also when it refused something later on: a newer timestamp must not be
   * forgotten, or it could be rolled back. Expired files stay: they are what the next ones must not be older than.
   */
  async checkIn(scratch: string): Promise<void> {
    for (const file of FILES) {
      const content = await readIfThere(join(scratch, file));
      const path = join(this.#path("trusted"), file);
      if (content !== undefined && content !== (await readIfThere(path))) await writeWholeFile(path, content);
    }
    await rm(scratch, { recursive: true, force: true });
  }

  async #trustedRoot(): Promise<string | undefined> {
    const root = await readIfThere(join(this.#path("trusted"), "root.json"));
    if (root === undefined || isJson(root)) return root;
    this.#options.warn("The trusted root on disk is damaged: beginning again from the first one");
    return undefined;
  }

  async #handedOut(): Promise<string | undefined> {
    for (const file of this.#options.rootFiles) {
      const root = await readIfThere(file);
      if (root === undefined) continue;
      if (isJson(root)) return root;
      throw new ModelRefusedError("malformed", `The root of trust in ${file} is not JSON: put the right one there`);
    }
    return undefined;
  }

  async #firstRoot(): Promise<string> {
    const root = (await this.#options.firstRoot()).toString("utf8");
    this.#options.warn("No root of trust was handed to this box: trusting the first one of the repository");
    return root;
  }

  #path(name: string): string {
    return join(this.#options.folder, name);
  }
}

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, "utf8");
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw new UnavailableError(`${path} cannot be read: ${(cause as Error).message}`, { cause });
  }
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** Names in a folder; none when it is not there. */
export async function namesIn(folder: string): Promise<string[]> {
  return readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return [];
    throw error;
  });
}
