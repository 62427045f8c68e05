/** Processor time of steps into its 99th percentile: at the lowest priority the wall clock would measure the others. */

/** The first steps warm up the compiler. */
const WARM_UP = 50;
const KEPT = 20_000;

export class HopMeter {
  readonly #durations: number[] = [];
  #skipped = 0;

  /** Milliseconds of processor time that this process spent in `work`. */
  async measure(work: () => Promise<void>): Promise<void> {
    const before = process.cpuUsage();
    await work();
    const { user, system } = process.cpuUsage(before);
    if (this.#skipped < WARM_UP) this.#skipped++;
    else if (this.#durations.length < KEPT) this.#durations.push((user + system) / 1000);
    else this.#durations[Math.floor(Math.random() * KEPT)] = (user + system) / 1000;
  }

  /** 0 when nothing was measured. */
  p99Ms(): number {
    const sorted = this.#durations.toSorted((a, b) => a - b);
    return sorted[Math.min(sorted.length - 1, Math.floor(0.99 * sorted.length))] ?? 0;
  }
}
