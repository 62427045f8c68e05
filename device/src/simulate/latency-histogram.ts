/** Durations into percentiles, in a fixed number of counters that can be added up across processes. Pure. */

/** Each bucket is this much wider than the one before: percentiles are 5 % off at most. */
const GROWTH = 1.1;
const FIRST_MS = 0.1;
const BUCKETS = 160;

export class LatencyHistogram {
  readonly counts: number[] = new Array<number>(BUCKETS).fill(0);

  /** Milliseconds. */
  add(ms: number): void {
    const bucket = Math.ceil(Math.log(Math.max(ms, FIRST_MS) / FIRST_MS) / Math.log(GROWTH));
    const index = Math.min(BUCKETS - 1, bucket);
    this.counts[index] = (this.counts[index] ?? 0) + 1;
  }

  merge(counts: readonly number[]): void {
    counts.forEach((count, index) => {
      this.counts[index] = (this.counts[index] ?? 0) + count;
    });
  }

  get total(): number {
    return this.counts.reduce((sum, count) => sum + count, 0);
  }

  /** `share` in [0, 1]: upper edge of the bucket it falls into, milliseconds; 0 when nothing was added. */
  percentile(share: number): number {
    const wanted = this.total * share;
    let sum = 0;
    for (const [index, count] of this.counts.entries()) {
      sum += count;
      if (count > 0 && sum >= wanted) return Math.round(FIRST_MS * GROWTH ** index * 10) / 10;
    }
    return 0;
  }
}
