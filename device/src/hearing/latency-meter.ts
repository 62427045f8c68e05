/** Durations by stage into p50, p99 and max, and hops into counts. Pure; nothing is allocated while measuring. */

export const STAGES = ["capture", "frontend", "model", "decoder", "hop"] as const;
export type Stage = (typeof STAGES)[number];
export type StageSummary = { p50: number; p99: number; max: number };

/** A hop lasts 20 ms; one that takes longer falls behind the room. */
export const HOP_BUDGET_MS = 20;

/** Bucket k ends at SMALLEST_MS · GROWTH^k: 10 µs to about 12 s, each 12 % wide. */
const SMALLEST_MS = 0.01;
const GROWTH = 1.12;
const BUCKETS = 124;

export class LatencyMeter {
  readonly #stages: Record<Stage, Histogram>;
  #hops = 0;
  #lateHops = 0;

  constructor() {
    this.#stages = Object.fromEntries(STAGES.map((stage) => [stage, new Histogram()])) as Record<Stage, Histogram>;
  }

  /** Since the start of the process. */
  get hops(): number {
    return this.#hops;
  }

  get lateHops(): number {
    return this.#lateHops;
  }

  /** How old the newest sound was when it came to the pipeline. */
  capture(ms: number): void {
    this.#stages.capture.add(ms);
  }

  /** `spent`: milliseconds by stage of a step of `hops` hops. */
  step(spent: { frontend: number; model: number; decoder: number }, hops: number): void {
    const total = spent.frontend + spent.model + spent.decoder;
    this.#stages.frontend.add(spent.frontend);
    this.#stages.model.add(spent.model);
    this.#stages.decoder.add(spent.decoder);
    this.#stages.hop.add(total);
    this.#hops += hops;
    if (total > HOP_BUDGET_MS) this.#lateHops += hops;
  }

  /** Since the last call; forgets the durations, keeps the counts. */
  take(): Record<Stage, StageSummary> {
    return this.#summaries((histogram) => histogram.take());
  }

  /** Since the last call of this, whatever take() gave meanwhile. */
  takeLong(): Record<Stage, StageSummary> {
    return this.#summaries((histogram) => histogram.takeLong());
  }

  #summaries(of: (histogram: Histogram) => StageSummary): Record<Stage, StageSummary> {
    const summaries = STAGES.map((stage) => [stage, of(this.#stages[stage])]);
    return Object.fromEntries(summaries) as Record<Stage, StageSummary>;
  }
}

/** The same durations in two windows of different length. */
class Histogram {
  readonly #short = new Counts();
  readonly #long = new Counts();

  add(ms: number): void {
    const bucket = ms <= SMALLEST_MS ? 0 : Math.ceil(Math.log(ms / SMALLEST_MS) / Math.log(GROWTH));
    const index = Math.min(BUCKETS - 1, bucket);
    this.#short.add(index, ms);
    this.#long.add(index, ms);
  }

  take(): StageSummary {
    return this.#short.take();
  }

  takeLong(): StageSummary {
    return this.#long.take();
  }
}

class Counts {
  readonly #counts = new Uint32Array(BUCKETS);
  #total = 0;
  #max = 0;

  add(index: number, ms: number): void {
    this.#counts[index] = (this.#counts[index] as number) + 1;
    this.#total++;
    if (ms > this.#max) this.#max = ms;
  }

  take(): StageSummary {
    const summary = { p50: this.#quantile(0.5), p99: this.#quantile(0.99), max: round(this.#max) };
    this.#counts.fill(0);
    this.#total = 0;
    this.#max = 0;
    return summary;
  }

  /** Upper edge of the bucket that holds the quantile, never above the maximum; 0 when nothing was measured. */
  #quantile(share: number): number {
    const wanted = Math.ceil(this.#total * share);
    let seen = 0;
    for (let k = 0; k < BUCKETS; k++) {
      seen += this.#counts[k] as number;
      if (seen >= wanted && seen > 0) return round(Math.min(this.#max, SMALLEST_MS * GROWTH ** k));
    }
    return 0;
  }
}

const round = (ms: number): number => Math.max(0, Math.round(ms * 1000) / 1000);
