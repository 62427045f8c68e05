/** A process of its own for a candidate: whatever it does there, nothing else is harmed. */
import { type ChildProcess, fork } from "node:child_process";
import { constants, setPriority } from "node:os";
import { fileURLToPath } from "node:url";
import type { Clock } from "@tactus/shared";
import type { FromTrial, ToTrial } from "./trial-channel.js";
import { TrialError } from "./trial-error.js";

/** The heap is for our own few objects; what the model takes is outside it and is watched. */
const SMALL = ["--max-old-space-size=64", "--max-semi-space-size=1", "--v8-pool-size=1"];
const MAIN = fileURLToPath(new URL("./main.js", import.meta.url));

export interface TrialProcessOptions {
  clock: Clock;
  /** Without a sign of work for this long it hangs, seconds. Default 60: it has the lowest priority on a busy box. */
  hungS?: number;
  /** It may take this much memory, MB. Default 400. */
  maxResidentMb?: number;
  onMessage: (message: FromTrial) => void;
  /** It ended or was ended; called once, not after stop(). */
  onTrouble: (error: TrialError) => void;
  /** Its main module; another one in tests. */
  main?: string;
}

export class TrialProcess {
  readonly #options: TrialProcessOptions;
  #child: ChildProcess | undefined;
  #watch: NodeJS.Timeout | undefined;
  #heardAt = 0;
  /** Work was given that has not been answered. */
  #isBusy = false;
  #unsent = 0;

  constructor(options: TrialProcessOptions) {
    this.#options = options;
  }

  get pid(): number | undefined {
    return this.#child?.pid;
  }

  start(): void {
    const { clock, main } = this.#options;
    const child = fork(main ?? MAIN, [], { stdio: ["ignore", "ignore", "inherit", "ipc"], execArgv: SMALL });
    this.#child = child;
    if (child.pid !== undefined) lowest(child.pid);
    this.#heardAt = clock.monotonic();
    child.on("message", (message: FromTrial) => this.#hear(message));
    child.on("error", (error) => this.#end(`The trial cannot be started: ${error.message}`));
    child.once("exit", (code, signal) =>
      this.#end(`The candidate crashed its trial (${signal ?? `exit code ${code}`})`),
    );
    this.#watch = setInterval(() => this.#check(), 1000);
  }

  /** Dropped when it is far behind. */
  tell(message: ToTrial): void {
    if (!this.#child?.connected || this.#unsent > 40) return;
    if (!this.#isBusy) this.#heardAt = this.#options.clock.monotonic();
    this.#isBusy = true;
    this.#unsent++;
    this.#child.send(message, () => this.#unsent--);
  }

  /** No thread of it is ended by itself: the whole process goes. */
  stop(): void {
    clearInterval(this.#watch);
    const child = this.#child;
    this.#child = undefined;
    child?.kill("SIGKILL");
  }

  #hear(message: FromTrial): void {
    if (!this.#child) return;
    this.#heardAt = this.#options.clock.monotonic();
    this.#isBusy = false;
    const max = this.#options.maxResidentMb ?? 400;
    if (message.kind === "alive" && message.residentMb > max)
      this.#end(`The candidate takes ${Math.round(message.residentMb)} MB of memory, at most ${max}`);
    else if (message.kind === "trouble") this.#end(message.reason);
    else this.#options.onMessage(message);
  }

  #check(): void {
    const hungS = this.#options.hungS ?? 60;
    if (this.#isBusy && this.#options.clock.monotonic() - this.#heardAt > hungS)
      this.#end(`The candidate hangs: no sign of work for ${hungS} s`);
  }

  #end(reason: string): void {
    if (!this.#child) return;
    this.stop();
    this.#options.onTrouble(new TrialError(reason));
  }
}

function lowest(pid: number): void {
  try {
    setPriority(pid, constants.priority.PRIORITY_LOW);
  } catch {
    // It has ended already; its exit says so.
  }
}
