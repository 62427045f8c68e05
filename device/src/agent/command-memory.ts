/** Commands that were begun or done, on disk: a command is done once, and what came of it is told although the agent ended. */
import { closeSync, fsyncSync, openSync, readFileSync, renameSync, writeSync } from "node:fs";
import { CommandResult, parseJsonAs } from "@tactus/shared";
import type { Logger } from "pino";
import { z } from "zod";

const Remembered = z.object({
  requestId: z.string().min(1).max(64),
  action: z.string().max(32),
  /** Of a restart. */
  part: z.string().max(16),
  state: CommandResult.shape.state,
  message: z.string().max(400),
  isTold: z.boolean(),
});
export type Remembered = z.infer<typeof Remembered>;

const KEPT = 64;
const File = z.array(Remembered).max(KEPT);

export class CommandMemory {
  readonly #path: string;
  readonly #log: Logger;
  #entries: Remembered[] = [];

  constructor(options: { path: string; log: Logger }) {
    this.#path = options.path;
    this.#log = options.log;
  }

  start(): void {
    try {
      this.#entries = parseJsonAs(File, readFileSync(this.#path), this.#path);
    } catch {
      this.#entries = []; // the first start, or a file that says nothing any more
    }
  }

  find(requestId: string): Remembered | undefined {
    return this.#entries.find((entry) => entry.requestId === requestId);
  }

  all(): readonly Remembered[] {
    return this.#entries;
  }

  /** On disk when it returns, as far as the disk takes it. */
  put(entry: Remembered): void {
    this.#entries = [...this.#entries.filter(({ requestId }) => requestId !== entry.requestId), entry].slice(-KEPT);
    try {
      const file = openSync(`${this.#path}.new`, "w", 0o600);
      try {
        writeSync(file, JSON.stringify(this.#entries));
        fsyncSync(file);
      } finally {
        closeSync(file);
      }
      renameSync(`${this.#path}.new`, this.#path);
    } catch (error) {
      this.#log.warn({ reason: (error as Error).message }, "Commands cannot be noted on this disk");
    }
  }
}
