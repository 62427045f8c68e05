/** One `tactus` command as a child process: started, watched, and ended by its own process id. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { open, readFile } from "node:fs/promises";
import { UnavailableError } from "@tactus/shared";

export interface ChildProcessOptions {
  /** For people: "device". */
  name: string;
  /** The command line of this project. */
  bin: string;
  args: readonly string[];
  /** Everything it prints goes here. */
  logFile: string;
  /** How long it may take to end by itself. Default 8000. */
  graceMs?: number;
}

export class TactusProcess {
  readonly #options: ChildProcessOptions;
  #child: ChildProcess | undefined;
  #exited: Promise<unknown> = Promise.resolve();

  constructor(options: ChildProcessOptions) {
    this.#options = options;
  }

  async start(): Promise<void> {
    const { bin, args, logFile } = this.#options;
    const log = await open(logFile, "w", 0o600);
    this.#child = spawn(process.execPath, [bin, ...args], { stdio: ["ignore", log.fd, log.fd] });
    this.#exited = once(this.#child, "exit").catch(() => {}); // a failure to spawn is an exit, too
    await log.close();
  }

  /** Resolves, with the reason in words, when the process ended without being asked to. */
  async lost(): Promise<UnavailableError> {
    await this.#exited;
    const code = this.#child?.exitCode ?? this.#child?.signalCode ?? "unknown";
    const last = (await readFile(this.#options.logFile, "utf8").catch(() => "")).trim().split("\n").at(-1) ?? "";
    return new UnavailableError(
      `The ${this.#options.name} ended (${code}): ${last || "it said nothing"}; see ${this.#options.logFile}`,
    );
  }

  async stop(): Promise<void> {
    const child = this.#child;
    if (!child || child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
    child.kill("SIGTERM");
    const timer = setTimeout(() => child.kill("SIGKILL"), this.#options.graceMs ?? 8000);
    await this.#exited;
    clearTimeout(timer);
  }
}
