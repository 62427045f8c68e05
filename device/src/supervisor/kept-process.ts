/** A child process that is kept alive: started anew when it dies, or when it gives no sign of life. */
import { type ChildProcess, fork } from "node:child_process";
import { createInterface } from "node:readline";
import { type Clock, TactusError } from "@tactus/shared";
import type { Logger } from "pino";
import { passOn } from "../log.js";
import type { FromProcess, ProcessStart, ToProcess } from "../process-channel.js";
import { RestartPolicy } from "./restart-policy.js";

/** No sign of life for this long: hung. Generous, because a loaded box starts slowly. */
const HUNG_S = 10;
const CHECK_MS = 1000;
/** Longer than a process takes for a clean stop of its own (process-channel.ts). */
const STOP_WITHIN_MS = 5000;

/** A box has little memory and these processes make little garbage: a small nursery, one helper thread. */
const SMALL = ["--max-semi-space-size=1", "--v8-pool-size=1"];

export interface KeptProcessOptions {
  name: "hearing" | "agent";
  /** Its main module. */
  module: string;
  /** Give it our standard input. */
  inheritStdin?: boolean;
  /** Asked before every start: each has a session of its own. */
  order: () => Promise<ProcessStart>;
  onMessage: (message: FromProcess) => void;
  /** A line that it wrote to its standard error. */
  onLine: (name: string, line: string) => void;
  /** `isPlanned`: by restart(). */
  onDown: (isPlanned: boolean) => void;
  /** It says in its first life that a person must act; later it is started again whatever it says. */
  onHopeless: (error: TactusError) => void;
  clock: Clock;
  log: Logger;
}

export class KeptProcess {
  readonly #options: KeptProcessOptions;
  readonly #policy = new RestartPolicy();
  #child: ChildProcess | undefined;
  /** It was told to go, and another one is to take its place. */
  #leaving: ChildProcess | undefined;
  #startedAt = 0;
  #aliveAt = 0;
  #checkedAt = 0;
  #launches = 0;
  #crashes = 0;
  #stopping = false;
  #watch: NodeJS.Timeout | undefined;
  #retry: NodeJS.Timeout | undefined;

  constructor(options: KeptProcessOptions) {
    this.#options = options;
  }

  get pid(): number | undefined {
    return this.#child?.pid;
  }

  /** How often it died without being told to. */
  get crashes(): number {
    return this.#crashes;
  }

  get isNuisance(): boolean {
    return this.#policy.isNuisance(this.#options.clock.monotonic());
  }

  async start(): Promise<void> {
    this.#checkedAt = this.#options.clock.monotonic();
    this.#watch = setInterval(() => this.#checkSigns(), CHECK_MS);
    await this.#launch();
  }

  /** Asks, waits, insists. */
  async stop(): Promise<void> {
    this.#stopping = true;
    clearInterval(this.#watch);
    clearTimeout(this.#retry);
    const child = this.#child;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const gone = new Promise((resolve) => child.once("exit", resolve));
    this.tell({ kind: "stop" });
    const insist = setTimeout(() => child.kill("SIGKILL"), STOP_WITHIN_MS);
    await gone;
    clearTimeout(insist);
  }

  /** Ends it in order and starts it anew at once; not one of its deaths. */
  restart(): void {
    const child = this.#child;
    if (!child || this.#stopping) return;
    this.#leaving = child;
    this.tell({ kind: "stop" });
    const insist = setTimeout(() => child.kill("SIGKILL"), STOP_WITHIN_MS);
    child.once("exit", () => clearTimeout(insist));
  }

  /** Lost without a word when the process is just not there: what matters is told again at its start. */
  tell(message: ToProcess): void {
    if (this.#child?.connected) this.#child.send(message, () => {});
  }

  async #launch(): Promise<void> {
    const { name, module, inheritStdin, order, clock, log } = this.#options;
    const instructions = await order();
    if (this.#stopping) return;
    const child = fork(module, [], {
      stdio: [inheritStdin ? "inherit" : "ignore", "inherit", "pipe", "ipc"],
      execArgv: SMALL,
    });
    this.#child = child;
    this.#launches++;
    log.info({ process: name, pid: child.pid, session: instructions.session }, "Process started");
    this.#startedAt = this.#aliveAt = clock.monotonic();
    if (child.stderr) {
      createInterface({ input: child.stderr }).on("line", (line) => {
        passOn(line);
        this.#options.onLine(name, line);
      });
    }
    child.on("message", (message: FromProcess) => this.#hear(message));
    child.on("error", (error) => this.#options.log.error({ process: name, reason: error.message }, "Process error"));
    child.once("exit", (code, signal) => this.#bury(signal ?? `exit code ${code}`));
    this.tell(instructions);
  }

  #hear(message: FromProcess): void {
    const { clock, onMessage, onHopeless, log, name } = this.#options;
    this.#aliveAt = clock.monotonic();
    if (message.kind !== "hopeless") onMessage(message);
    else if (this.#launches > 1) log.error({ process: name, reason: message.message }, "Process cannot start");
    else onHopeless(new TactusError(message.message, message.code));
  }

  #bury(reason: string): void {
    if (this.#stopping) return;
    const { clock, log, name, onDown } = this.#options;
    const isPlanned = this.#leaving !== undefined && this.#leaving === this.#child;
    if (!isPlanned) this.#crashes++;
    const delay = isPlanned ? 0 : this.#policy.died(this.#startedAt, clock.monotonic());
    if (isPlanned) log.info({ process: name }, "Process ended as it was told to");
    else log.error({ process: name, reason, restartInS: delay }, "Process ended");
    this.#child = undefined;
    this.#leaving = undefined;
    onDown(isPlanned);
    this.#retry = setTimeout(() => {
      this.#launch().catch((error: unknown) => {
        log.error({ process: name, err: error }, "Process cannot be started");
        this.#bury("not started");
      });
    }, delay * 1000);
  }

  #checkSigns(): void {
    const { clock, log, name } = this.#options;
    const now = clock.monotonic();
    const weStoodStill = now - this.#checkedAt > (5 * CHECK_MS) / 1000;
    this.#checkedAt = now;
    if (weStoodStill) this.#aliveAt = now; // its signs of life wait unread
    if (!this.#child || now - this.#aliveAt < HUNG_S) return;
    log.error({ process: name, silentForS: HUNG_S }, "Process gives no sign of life, killed");
    this.#aliveAt = now;
    this.#child.kill("SIGKILL");
  }
}
