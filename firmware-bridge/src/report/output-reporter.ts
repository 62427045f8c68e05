/** Outputs into their state messages, on change and now and then, and into DMX views while somebody watches. */
import type { NamedLeaf, OutputDmx, OutputRig, OutputState, OutputWatch } from "@tactus/shared";
import type { DmxSource } from "../outputs/output.js";

const LOOK_MS = 1000;
/** Counters alone are told this often, seconds. */
const COUNTERS_S = 5;
const VIEW_MS = 50;
const MAX_UNIVERSES = 64;

export interface ReportedOutput {
  readonly name: string;
  readonly dmx: DmxSource;
}

export interface OutputReporterOptions<T extends ReportedOutput> {
  outputs: () => readonly T[];
  describe: (output: T) => OutputState;
  /** The lamps that all outputs render; undefined = there are none. */
  rig: () => OutputRig | undefined;
  /** False when it could not be sent. */
  publish: (leaf: NamedLeaf, message: object, retain: boolean) => boolean;
  /** Monotonic seconds. */
  now: () => number;
}

export class OutputReporter<T extends ReportedOutput> {
  readonly #options: OutputReporterOptions<T>;
  readonly #told = new Map<string, { facts: string; at: number }>();
  readonly #watchedUntil = new Map<string, number>();
  #looking: NodeJS.Timeout | undefined;
  #viewing: NodeJS.Timeout | undefined;

  constructor(options: OutputReporterOptions<T>) {
    this.#options = options;
  }

  start(): void {
    this.#looking = setInterval(() => this.#look(), LOOK_MS);
  }

  /** Says the last word of each output. */
  stop(): void {
    clearInterval(this.#looking);
    clearInterval(this.#viewing);
    this.again();
  }

  /** Everything once more: the broker may have forgotten it. */
  again(): void {
    this.#told.clear();
    this.#look();
  }

  watch({ name, forS, rig: known }: OutputWatch): void {
    const { outputs, rig, publish } = this.#options;
    if (!outputs().some((output) => output.name === name)) return;
    const own = rig();
    if (own && own.id !== known) publish(`output/${name}/rig`, own, false);
    this.#watchedUntil.set(name, this.#options.now() + forS);
    this.#viewing ??= setInterval(() => this.#view(), VIEW_MS);
  }

  #look(): void {
    const { outputs, describe, publish, now } = this.#options;
    for (const output of outputs()) {
      const state = describe(output);
      const { state: running, receiving, peer, mode, lastError, latencyMs, universes } = state;
      const facts = JSON.stringify({ running, receiving, peer, mode, lastError, latencyMs, universes });
      const before = this.#told.get(output.name);
      if (before?.facts === facts && now() - before.at < COUNTERS_S) continue;
      if (publish(`output/${output.name}/state`, state, true)) this.#told.set(output.name, { facts, at: now() });
    }
  }

  #view(): void {
    const { outputs, publish, now } = this.#options;
    for (const [name, until] of this.#watchedUntil) if (until < now()) this.#watchedUntil.delete(name);
    if (this.#watchedUntil.size === 0) {
      clearInterval(this.#viewing);
      this.#viewing = undefined;
    }
    for (const output of outputs())
      if (this.#watchedUntil.has(output.name)) publish(`output/${output.name}/dmx`, viewOf(output.dmx), false);
  }
}

function viewOf(dmx: DmxSource): OutputDmx {
  const universes = dmx.universes.slice(0, MAX_UNIVERSES).map((universe) => {
    const channels = dmx.channels(universe);
    let used = channels.length;
    while (used > 0 && channels[used - 1] === 0) used--;
    return { universe, channels: Buffer.from(channels.subarray(0, used)).toString("base64") };
  });
  return { v: 1, sentAtUs: Math.round((performance.timeOrigin + performance.now()) * 1000), universes };
}
