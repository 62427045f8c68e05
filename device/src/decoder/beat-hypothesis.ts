/** Posterior over place in the beat into one committed hypothesis: when the next beat falls and how far apart beats are. Pure. */
import type { BarPointerFilter } from "./bar-pointer-filter.js";

/** Around a hypothesis: how far an interval may differ, and how far the next beat, as shares of the interval. */
const INTERVAL_SPAN = 0.1;
const PHASE_SPAN = 0.12;
/** Another hypothesis must hold this many times the mass… */
const SWITCH_RATIO = 2;
/** …for this long, frames. */
const SWITCH_FRAMES = 20;

export interface Cluster {
  /** Frames to the next beat, (0, interval]. */
  remaining: number;
  /** Frames per beat. */
  interval: number;
  /** Share of the posterior. */
  mass: number;
  /** Standard deviation of `remaining`, frames. */
  spread: number;
}

/** Difference of two places in a beat, wrapped to ±interval / 2. */
const circular = (difference: number, interval: number): number =>
  difference - interval * Math.round(difference / interval);

export class BeatHypothesis {
  private readonly marginal: Float64Array;
  private readonly likeliest: Cluster = { remaining: 1, interval: 50, mass: 0, spread: 0 };
  private readonly moved: Cluster = { remaining: 1, interval: 50, mass: 0, spread: 0 };
  private doubt = 0;
  /** The committed hypothesis; mass 0 before the first read-out. */
  readonly committed: Cluster = { remaining: 1, interval: 50, mass: 0, spread: 0 };

  constructor(private readonly filter: BarPointerFilter) {
    this.marginal = new Float64Array(filter.cellsPerRing);
  }

  reset(): void {
    this.committed.mass = 0;
    this.doubt = 0;
  }

  /** `frames` filter frames went by: move on, read the posterior, keep or change the hypothesis. */
  update(frames: number): void {
    const { committed, likeliest, moved } = this;
    this.filter.beatMarginal(this.marginal);
    this.peak(likeliest);
    this.cluster(likeliest, likeliest.remaining, likeliest.interval);
    if (committed.mass === 0) {
      Object.assign(committed, likeliest);
      return;
    }
    const expected = committed.remaining - frames;
    const remaining = expected > 0 ? expected : expected + committed.interval;
    this.cluster(moved, remaining, committed.interval);
    this.doubt = likeliest.mass > SWITCH_RATIO * moved.mass ? this.doubt + frames : 0;
    if (this.doubt >= SWITCH_FRAMES) {
      Object.assign(committed, likeliest);
      this.doubt = 0;
      return;
    }
    this.follow(remaining, moved);
  }

  /** Belief by tempo relative to the committed one: [half, double, two thirds, …] that hold a share worth showing. */
  alternatives(fps: number): { bpm: number; share: number }[] {
    const { intervals } = this.filter;
    const found: { bpm: number; share: number }[] = [];
    for (const ratio of [2, 0.5, 1.5, 2 / 3, 3, 1 / 3]) {
      const interval = this.committed.interval * ratio;
      let share = 0;
      for (let i = 0; i < intervals.length; i++) {
        if (Math.abs((intervals[i] as number) / interval - 1) <= INTERVAL_SPAN / 2) share += this.intervalMass(i);
      }
      if (share > 0.02) found.push({ bpm: (60 * fps) / interval, share: Math.min(1, share) });
    }
    return found.sort((a, b) => b.share - a.share).slice(0, 4);
  }

  private intervalMass(i: number): number {
    const from = this.filter.offsetOf(i);
    let sum = 0;
    for (let k = 0; k < (this.filter.intervals[i] as number); k++) sum += this.marginal[from + k] as number;
    return sum;
  }

  private follow(remaining: number, cluster: Cluster): void {
    const { committed } = this;
    committed.mass = cluster.mass;
    committed.remaining = remaining;
    if (cluster.mass <= 0) return;
    committed.spread = cluster.spread;
    committed.interval += 0.5 * (cluster.interval - committed.interval);
    committed.remaining += 0.5 * circular(cluster.remaining - remaining, committed.interval);
    if (committed.remaining <= 0) committed.remaining += committed.interval;
  }

  /** The most likely single state. */
  private peak(out: Cluster): void {
    let best = -1;
    const { intervals } = this.filter;
    for (let i = 0; i < intervals.length; i++) {
      const n = intervals[i] as number;
      const from = this.filter.offsetOf(i);
      for (let k = 0; k < n; k++) {
        if ((this.marginal[from + k] as number) <= best) continue;
        best = this.marginal[from + k] as number;
        out.interval = n;
        out.remaining = n - k;
      }
    }
  }

  /** Expectation over the states near (remaining, interval). */
  private cluster(out: Cluster, remaining: number, interval: number): void {
    const { intervals } = this.filter;
    const span = PHASE_SPAN * interval;
    let mass = 0;
    let shift = 0;
    let square = 0;
    let length = 0;
    for (let i = 0; i < intervals.length; i++) {
      const n = intervals[i] as number;
      if (Math.abs(n - interval) > INTERVAL_SPAN * interval) continue;
      const from = this.filter.offsetOf(i);
      // Positions within ±span of the hypothesis, going round the end of the beat.
      for (let step = -Math.floor(span); step <= span; step++) {
        const k = (((n - Math.round(remaining + step)) % n) + n) % n;
        const p = this.marginal[from + k] as number;
        const difference = Math.round(remaining + step) - remaining;
        mass += p;
        shift += p * difference;
        square += p * difference * difference;
        length += p * n;
      }
    }
    out.mass = mass;
    if (mass <= 0) {
      Object.assign(out, { remaining, interval, spread: span });
      return;
    }
    const mean = shift / mass;
    out.interval = length / mass;
    out.remaining = remaining + mean;
    out.spread = Math.sqrt(Math.max(0, square / mass - mean * mean));
  }
}
