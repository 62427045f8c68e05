/** The Link helper's program into a running process and its port. */
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { UnavailableError } from "@tactus/shared";

const START_TIMEOUT_MS = 5000;
const STOP_TIMEOUT_MS = 2000;
/** Relative to the folder Tactus runs in; link-helper/build.mjs puts it there. */
const BUILT = ".tactus/link-helper/tactus-link-helper";
/** Where a package would install it. */
const INSTALLED = "/usr/libexec/tactus/tactus-link-helper";

/** Undefined when it has not been built. `configured` wins. */
export function findHelper(configured?: string): string | undefined {
  const fromHere = new URL(`../../../../${BUILT}`, import.meta.url).pathname;
  const places = configured ? [configured] : [join(process.cwd(), BUILT), fromHere, INSTALLED];
  return places.find((place) => existsSync(place));
}

export class HelperProcess {
  readonly #program: string;
  #child: ChildProcess | undefined;

  constructor(program: string) {
    this.#program = program;
  }

  /** The port of 127.0.0.1 it listens on. Rejects with UnavailableError carrying its last words. */
  async start(): Promise<number> {
    // Its standard input is ours: whatever becomes of us, it ends.
    const child = spawn(this.#program, ["--port", "0", "--wait", "--with-parent"], { stdio: ["pipe", "pipe", "pipe"] });
    this.#child = child;
    child.stdin.on("error", () => {});
    let words = "";
    child.stderr.on("data", (text: Buffer) => {
      words = (words + text.toString("latin1")).slice(-500);
    });
    try {
      return await portOf(child);
    } catch (cause) {
      child.kill("SIGKILL");
      const reason = words.trim().split("\n").at(-1) || (cause as Error).message;
      throw new UnavailableError(`The Link helper ${this.#program} did not start: ${reason}`, { cause });
    }
  }

  async stop(): Promise<void> {
    const child = this.#child;
    this.#child = undefined;
    if (!child || child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
    const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()));
    child.stdin?.end();
    const kill = setTimeout(() => child.kill("SIGKILL"), STOP_TIMEOUT_MS);
    await ended;
    clearTimeout(kill);
  }
}

function portOf(child: ChildProcess): Promise<number> {
  return new Promise((resolve, reject) => {
    let words = "";
    const timer = setTimeout(() => reject(new Error("it said nothing")), START_TIMEOUT_MS);
    const settle = (act: () => void) => {
      clearTimeout(timer);
      act();
    };
    child.once("error", (error) => settle(() => reject(error)));
    child.once("exit", (code, signal) => settle(() => reject(new Error(`it ended with ${signal ?? code}`))));
    child.stdout?.on("data", (text: Buffer) => {
      words = (words + text.toString("latin1")).slice(0, 500);
      const port = /^listening 127\.0\.0\.1:(\d{1,5})$/m.exec(words)?.[1];
      if (port) settle(() => resolve(Number(port)));
    });
  });
}
