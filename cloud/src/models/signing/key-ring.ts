/** Folders of key files into the keys that sign for a role. A stick that is not plugged in is a key that is not there. */
import { mkdir, readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { InputError, parseJsonAs } from "@tactus/shared";
import { KeyFile, makeKeyFile, openKeyFile, type Role, type SigningKey } from "./key-file.js";
import type { AskPassphrase } from "./passphrase.js";
import { writeWhole } from "./write-whole.js";

export interface KeyRingOptions {
  /** Key files are looked for in each; new ones go into the first. */
  folders: readonly string[];
  passphrase: AskPassphrase;
}

const SUFFIX = ".key.json";

export class KeyRing {
  readonly #options: KeyRingOptions;
  readonly #opened = new Map<string, Promise<SigningKey>>();

  constructor(options: KeyRingOptions) {
    this.#options = options;
  }

  /** The public side of all keys found. Throws InputError for a folder or file that cannot be read. */
  async list(): Promise<KeyFile[]> {
    const found: KeyFile[] = [];
    for (const folder of this.#options.folders) {
      for (const name of await namesIn(folder)) {
        const path = join(folder, name);
        found.push(parseJsonAs(KeyFile, await readFile(path), `Key ${path}`));
      }
    }
    return [...new Map(found.map((file) => [file.keyId, file])).values()];
  }

  /** Keys of the role among `keyIds`, opened. Throws InputError when fewer than `threshold` are here. */
  async signers(
    role: Role,
    { keyIds, threshold }: { keyIds: readonly string[]; threshold: number },
  ): Promise<SigningKey[]> {
    const files = (await this.list()).filter((file) => file.role === role && keyIds.includes(file.keyId));
    if (files.length < threshold) {
      const folders = this.#options.folders.join(", ");
      throw new InputError(
        `Signing for ${role} takes ${threshold} of its keys, ${files.length} found in ${folders}: name their folder by --keys`,
      );
    }
    return Promise.all(files.map((file) => this.#open(file)));
  }

  /** New keys, written to the first folder. */
  async make(role: Role, count: number, now: Date): Promise<KeyFile[]> {
    const [folder] = this.#options.folders;
    if (folder === undefined) throw new InputError("No folder for keys: name one by --keys");
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const made: KeyFile[] = [];
    for (let index = 0; index < count; index++) {
      const file = await makeKeyFile(role, await this.#options.passphrase(role, "new"), now);
      const path = join(folder, `${role}-${file.keyId.slice(0, 8)}${SUFFIX}`);
      await writeWhole(path, `${JSON.stringify(file, null, 2)}\n`, 0o600);
      made.push(file);
    }
    return made;
  }

  #open(file: KeyFile): Promise<SigningKey> {
    const known = this.#opened.get(file.keyId);
    if (known) return known;
    const opening = this.#options.passphrase(file.role, "known").then((secret) => openKeyFile(file, secret));
    this.#opened.set(file.keyId, opening);
    return opening;
  }
}

async function namesIn(folder: string): Promise<string[]> {
  try {
    return (await readdir(folder)).filter((name) => name.endsWith(SUFFIX)).sort();
  } catch (cause) {
    throw new InputError(`Keys in ${folder} cannot be read: ${(cause as Error).message}`, { cause });
  }
}
