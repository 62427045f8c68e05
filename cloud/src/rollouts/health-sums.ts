/** Minutes of a device's health into sums that can be compared: means over stretches of music, counts over hours. */
import type { HealthWindow } from "@tactus/shared";

/** Compared as a mean over blocks of music. Stability, relock and hop as logarithms: what matters is how many times. */
export const MEAN_METRICS = ["stability", "relock", "confidence", "hop"] as const;
export type MeanMetric = (typeof MEAN_METRICS)[number];

/** Compared as events per hour. */
export const COUNT_METRICS = [
  "octave-flips",
  "relocks",
  "corrections",
  "crashes",
  "offline",
  "unstable-hours",
] as const;
export type CountMetric = (typeof COUNT_METRICS)[number];

/** Counts of these come per hour of music, the others per hour of running. */
const BY_MUSIC: ReadonlySet<CountMetric> = new Set<CountMetric>(["octave-flips", "relocks", "corrections"]);

/** Of block means: number, sum, sum of squares. */
export interface Moments {
  n: number;
  sum: number;
  squares: number;
}

/** A block that is still being filled. */
interface OpenBlock {
  musicS: number;
  beats: number;
  periodChange: number;
  confidence: number;
  relocks: number;
  relockS: number;
  hops: number;
  logHop: number;
}

/** What one device did in one role (before the rollout, as control, with the candidate). Plain data: stored as JSON. */
export interface HealthSums {
  seconds: number;
  musicS: number;
  means: Record<MeanMetric, Moments>;
  counts: Record<CountMetric, number>;
  block: OpenBlock;
}

export function noHealth(): HealthSums {
  const moments = (): Moments => ({ n: 0, sum: 0, squares: 0 });
  return {
    seconds: 0,
    musicS: 0,
    means: { stability: moments(), relock: moments(), confidence: moments(), hop: moments() },
    counts: { "octave-flips": 0, relocks: 0, corrections: 0, crashes: 0, offline: 0, "unstable-hours": 0 },
    block: newBlock(),
  };
}

const newBlock = (): OpenBlock => ({
  musicS: 0,
  beats: 0,
  periodChange: 0,
  confidence: 0,
  relocks: 0,
  relockS: 0,
  hops: 0,
  logHop: 0,
});

export interface HealthReport {
  window: HealthWindow;
  /** 99th percentile of a hop's processing, milliseconds. */
  hopP99Ms: number;
}

/** Smallest value that a logarithm is taken of: below, all is equally well. */
const LEAST_CHANGE = 1e-4;
const LEAST_HOP_MS = 0.05;

/**
 * Adds a window in place. `blockS`: minutes next to one another are alike (the same song), so that only means over so many
 * seconds of music count as separate observations.
 */
export function addHealth(sums: HealthSums, { window, hopP99Ms }: HealthReport, blockS: number): void {
  sums.seconds += window.seconds;
  sums.musicS += window.musicS;
  sums.counts["octave-flips"] += window.octaveFlips;
  sums.counts.relocks += window.relocks;
  sums.counts.corrections += window.corrections;
  const { block } = sums;
  block.musicS += window.musicS;
  block.beats += window.beats;
  block.periodChange += window.periodChange;
  block.confidence += window.confidence;
  block.relocks += window.relocks;
  block.relockS += window.relockS;
  block.hops += 1;
  block.logHop += Math.log(Math.max(hopP99Ms, LEAST_HOP_MS));
  if (block.musicS >= blockS) closeBlock(sums);
}

function closeBlock(sums: HealthSums): void {
  const { block, means } = sums;
  if (block.beats > 0) {
    observe(means.stability, Math.log(Math.max(block.periodChange / block.beats, LEAST_CHANGE)));
    observe(means.confidence, block.confidence / block.beats);
  }
  if (block.relocks > 0) observe(means.relock, Math.log(1 + block.relockS / block.relocks));
  if (block.hops > 0) observe(means.hop, block.logHop / block.hops);
  sums.block = newBlock();
}

function observe(moments: Moments, value: number): void {
  moments.n += 1;
  moments.sum += value;
  moments.squares += value * value;
}

/** Two stretches of the same role; an unfinished block of `b` goes on. */
export function addSums(a: HealthSums, b: HealthSums): HealthSums {
  const means = { ...a.means };
  for (const metric of MEAN_METRICS) means[metric] = addMoments(a.means[metric], b.means[metric]);
  const counts = { ...a.counts };
  for (const metric of COUNT_METRICS) counts[metric] = a.counts[metric] + b.counts[metric];
  return { seconds: a.seconds + b.seconds, musicS: a.musicS + b.musicS, means, counts, block: { ...b.block } };
}

export const addMoments = (a: Moments, b: Moments): Moments => ({
  n: a.n + b.n,
  sum: a.sum + b.sum,
  squares: a.squares + b.squares,
});

/** Hours in which such events could have happened. */
export const exposureOf = (sums: HealthSums, metric: CountMetric): number =>
  (BY_MUSIC.has(metric) ? sums.musicS : sums.seconds) / 3600;
