/** The state of the store into metrics, log lines and what /readyz says: asked for every few seconds. */
import type { Log } from "../log.js";
import type { Counter, Metrics } from "../metrics.js";
import type { HistoryStore, StoreState } from "./store.js";

export interface StoreWatchOptions {
  store: Pick<HistoryStore, "state">;
  metrics: Metrics;
  log: Log;
  intervalMs?: number;
}

export class StoreWatch {
  readonly #options: StoreWatchOptions;
  readonly #counters = new Map<string, { counter: Counter; told: number }>();
  #state: StoreState = { problems: [], counts: {}, gauges: {} };
  #timer: NodeJS.Timeout | undefined;
  readonly #gauges = new Set<string>();

  constructor(options: StoreWatchOptions) {
    this.#options = options;
  }

  async start(): Promise<void> {
    await this.#look();
    this.#timer = setInterval(() => void this.#look(), this.#options.intervalMs ?? 2000);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  problems(): string[] {
    return this.#state.problems;
  }

  async #look(): Promise<void> {
    const { store, log } = this.#options;
    const before = this.#state;
    try {
      this.#state = await store.state();
    } catch (error) {
      this.#state = { ...before, problems: [`History does not answer: ${(error as Error).message}`] };
    }
    for (const problem of this.#state.problems)
      if (!before.problems.includes(problem)) log.error({ problem }, "History has a problem");
    if (before.problems.length > 0 && this.#state.problems.length === 0) log.info("History has no problem any more");
    this.#count();
  }

  #count(): void {
    const { metrics } = this.#options;
    for (const [name, value] of Object.entries(this.#state.counts)) {
      const counter = metricName(name, "_total");
      const known = this.#counters.get(name) ?? {
        counter: metrics.counter(counter, `History: ${wordsOf(name)}`),
        told: 0,
      };
      known.counter.add({}, value - known.told);
      known.told = value;
      this.#counters.set(name, known);
    }
    for (const name of Object.keys(this.#state.gauges)) {
      if (this.#gauges.has(name)) continue;
      this.#gauges.add(name);
      metrics.gauge(metricName(name, ""), `History: ${wordsOf(name)}`, () => this.#state.gauges[name] ?? 0);
    }
  }
}

const wordsOf = (name: string): string => name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
const metricName = (name: string, end: string): string => `tactus_history_${wordsOf(name).replaceAll(" ", "_")}${end}`;
