/** One configured output, kept running: started, tried again when that fails, and described for its state message. */
import { mkdir } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { Backoff, type Clock, makeFolder, type OutputState, TactusError } from "@tactus/shared";
import { createOutput, type OutputConfig, type OutputHost } from "./output-kinds.js";
import type { DmxSource, Output, OutputContext } from "./outputs/output.js";
import { RecentError } from "./recent-error.js";
import { OutputSchedule } from "./scheduler/output-schedule.js";
import type { FiringJitter } from "./timer/firing-jitter.js";
import { WatchedDmx } from "./watched-dmx.js";

export interface RunningOutputOptions {
  name: string;
  config: OutputConfig;
  stateDir: string;
  clock: Clock;
  log: OutputContext["log"];
  dmx: DmxSource;
  host: OutputHost;
  source?: "announced" | "metronome";
  /** It runs: give it beats. */
  onStarted(output: RunningOutput): void;
}

export class RunningOutput {
  readonly #options: RunningOutputOptions;
  readonly #recent = new RecentError();
  readonly #backoff = new Backoff({ cap: 30 });
  readonly #dmx: WatchedDmx;
  readonly output: Output;
  readonly schedule: OutputSchedule;
  #state: "starting" | "running" | "stopped" = "starting";
  #trouble = "";
  #retry: NodeJS.Timeout | undefined;
  #starting: Promise<void> = Promise.resolve();

  /** Throws InputError when the configuration cannot work. */
  constructor(options: RunningOutputOptions) {
    const { name, config, clock, log, dmx, stateDir, host, source } = options;
    this.#options = options;
    this.#dmx = new WatchedDmx(dmx);
    const context = { name, now: () => clock.monotonic(), log, stateDir: join(stateDir, name), dmx: this.#dmx };
    this.output = createOutput(config, context, host);
    this.schedule = new OutputSchedule({
      latency: config.latencyMs / 1000,
      leadS: this.output.leadS,
      policy: config.policy,
      ...(source ? { source } : {}),
    });
  }

  get name(): string {
    return this.#options.name;
  }

  get dmx(): DmxSource {
    return this.#dmx;
  }

  /** Why it does not run; empty = it does, or has not been tried. */
  get trouble(): string {
    return this.#trouble;
  }

  /** Does not reject: what fails is tried again, and told. */
  start(): Promise<void> {
    this.#starting = this.#try();
    return this.#starting;
  }

  async stop(): Promise<void> {
    clearTimeout(this.#retry);
    this.#state = "stopped";
    await this.#starting;
    await this.output.stop();
  }

  async #try(): Promise<void> {
    const { name, stateDir, log, clock, onStarted } = this.#options;
    try {
      await makeFolder(resolve(stateDir, name), { mkdir: (path) => mkdir(path, { mode: 0o700 }), dirname });
      await this.output.start();
    } catch (error) {
      const reason = error instanceof TactusError ? error.message : String(error);
      if (reason !== this.#trouble) log.warn(`Output ${name} does not start: ${reason}; trying again`);
      this.#trouble = reason;
      if (this.#state === "stopped") return;
      const wait = 1 + this.#backoff.closed(clock.monotonic());
      this.#retry = setTimeout(() => void this.start(), wait * 1000);
      return;
    }
    if (this.#state === "stopped") return;
    this.#state = "running";
    this.#trouble = "";
    this.output.mode(this.schedule.mode);
    onStarted(this);
  }

  describe(jitter: FiringJitter | undefined): OutputState {
    const { name, config, clock } = this.#options;
    const health = this.output.health();
    const { receiving, peer, sent, errors } = health;
    const lastError = this.#recent.textOf(health, clock.monotonic());
    return {
      v: 1,
      name,
      kind: config.type,
      sentAtUs: clock.epochUs(),
      state: this.#state,
      receiving: this.#state === "running" ? receiving : "not-receiving",
      peer: peer.slice(0, 200),
      mode: this.schedule.mode,
      level: round(this.schedule.level, 100),
      latencyMs: round(this.schedule.latency * 1000, 10),
      sent,
      errors,
      lastError: (this.#trouble || lastError).slice(0, 400),
      cues: { ...this.schedule.counts },
      jitter: { p50Ms: round(jitter?.quantileMs(0.5) ?? 0, 1000), p95Ms: round(jitter?.quantileMs(0.95) ?? 0, 1000) },
      universes: this.#dmx.isRendered ? this.#dmx.universes.slice(0, 512) : [],
    };
  }
}

const round = (value: number, perUnit: number): number => Math.round(value * perUnit) / perUnit;
