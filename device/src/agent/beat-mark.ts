/** The newest beat heard of into 160 bytes of a file, written in place and not waited for: it outlives the processes. */
import { closeSync, openSync, readFileSync, writeSync } from "node:fs";
import type { Logger } from "pino";
import type { BeatMark } from "./beat-numbers.js";

const LENGTH = 160;

/**
 * Between two commits of the outbox this alone knows which beats there were. It is left in the kernel's hands, which spares
 * the disk: a killed process loses nothing of it, a power cut may.
 */
export class BeatMarkFile {
  readonly #path: string;
  readonly #log: Logger;
  #file: number | undefined;

  constructor(options: { path: string; log: Logger }) {
    this.#path = options.path;
    this.#log = options.log;
  }

  /** What the life before has left; undefined when there is nothing of use. */
  startSync(): BeatMark | undefined {
    const left = this.#readSync();
    try {
      this.#file = openSync(this.#path, left ? "r+" : "w+", 0o600);
    } catch (error) {
      this.#log.warn({ file: this.#path, reason: (error as Error).message }, "The newest beat cannot be noted");
    }
    return left;
  }

  /** Does not wait for the disk. */
  write({ name, number, atUs }: BeatMark): void {
    if (this.#file === undefined) return;
    try {
      writeSync(this.#file, `${name} ${number} ${atUs}`.padEnd(LENGTH - 1).concat("\n"), 0);
    } catch {
      // A full disk: the next one may go through.
    }
  }

  stop(): void {
    if (this.#file !== undefined) closeSync(this.#file);
    this.#file = undefined;
  }

  #readSync(): BeatMark | undefined {
    try {
      const [, name, number, atUs] = /^(\S+) (\d{1,15}) (\d{1,16}) *\n$/.exec(readFileSync(this.#path, "utf8")) ?? [];
      return name === undefined ? undefined : { name, number: Number(number), atUs: Number(atUs) };
    } catch {
      return undefined;
    }
  }
}
