/** The generic firmware as a process behind a pseudo terminal: a board that can be plugged in and pulled out. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { access } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout } from "node:timers/promises";
import { scratchFolder } from "../scratch-folder.js";

export class PtyBoard {
  /** What the board said it was told and shows. */
  readonly lines: string[] = [];
  #socat: ChildProcess | undefined;

  private constructor(
    readonly path: string,
    private readonly command: string,
  ) {}

  /** `command` is run by a shell with the line on its standard input and output. */
  static async make(command: string): Promise<PtyBoard> {
    const folder = scratchFolder("tactus-pty-");
    return new PtyBoard(join(folder, "board"), command);
  }

  async plugIn(): Promise<void> {
    const socat = spawn("socat", [`PTY,link=${this.path},rawer`, `SYSTEM:${this.command}`], {
      stdio: ["ignore", "ignore", "pipe"],
    });
    this.#socat = socat;
    createInterface({ input: socat.stderr }).on("line", (line) => this.lines.push(line));
    await until(async () => {
      await access(this.path);
      return true;
    });
  }

  async pullOut(): Promise<void> {
    const socat = this.#socat;
    this.#socat = undefined;
    if (!socat || socat.exitCode !== null) return;
    const gone = once(socat, "exit");
    socat.kill();
    await gone;
  }

  count(pattern: RegExp): number {
    return this.lines.filter((line) => pattern.test(line)).length;
  }
}

/** Waits until `condition` holds; rejects after `seconds`. */
export async function until(condition: () => boolean | Promise<boolean>, seconds = 15): Promise<void> {
  const end = performance.now() + seconds * 1000;
  for (;;) {
    try {
      if (await condition()) return;
    } catch {
      // not yet
    }
    if (performance.now() > end) throw new Error(`Not so after ${seconds} s: ${condition}`);
    await setTimeout(20);
  }
}
