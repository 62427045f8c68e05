/**
 * Block means of candidate and control into evidence: each device against its own past, the changes compared within the same
 * venue (difference in differences), the venues weighted by what they tell.
 */

import { addMoments, type MeanMetric, type Moments } from "./health-sums.js";
import type { HealthUnit } from "./health-unit.js";
import type { GateEvidence } from "./rollout.js";
import { halfWidth, logEOfMean } from "./sequential-test.js";

interface MetricShape {
  /** By how much a device may change from week to week for no reason, as standard deviation; before controls tell. */
  drift: number;
  /** Differences beyond the allowed one that are looked for. */
  scale: number;
  /** -1: a smaller value is worse. */
  sign: 1 | -1;
  /** Values are logarithms: differences read as ratios. */
  ratio: boolean;
  name: string;
}

export const SHAPES: Record<MeanMetric, MetricShape> = {
  stability: { drift: 0.08, scale: 0.25, sign: 1, ratio: true, name: "Change from beat to beat" },
  relock: { drift: 0.15, scale: 0.4, sign: 1, ratio: true, name: "Time to find the beat again" },
  confidence: { drift: 0.02, scale: 0.06, sign: -1, ratio: false, name: "Confidence" },
  hop: { drift: 0.1, scale: 0.5, sign: 1, ratio: true, name: "Slowest hop in a hundred" },
};

/** So many devices' worth of trust in what is assumed beside what is measured. */
const PRIOR_WEIGHT = 10;
/** Variance is never believed to be nothing. */
const LEAST_VARIANCE = 1e-6;

/** A device in one role: how far it is from its own past, and how well that is known. */
interface Change {
  venue: string;
  by: number;
  /** Of the measurement, without drift. */
  noise: number;
}

interface Spread {
  within(venue: string): number;
  between: number;
  mean: number;
}

/** `tolerance`: a ratio, or for confidence a difference. */
export function meanGate(
  units: readonly HealthUnit[],
  metric: MeanMetric,
  tolerance: number,
  alpha: number,
): GateEvidence {
  const { sign, ratio, scale, name, drift: priorDrift } = SHAPES[metric];
  const spread = spreadOf(units, metric);
  const candidates = changesOf(units, metric, "candidate", spread);
  const controls = changesOf(units, metric, "control", spread);
  const counted = { candidateDevices: candidates.length, controlDevices: controls.length };
  if (candidates.length === 0) {
    return {
      metric,
      verdict: "no-data",
      eValue: 1,
      allowed: tolerance,
      ...counted,
      text: `${name}: nothing heard yet`,
    };
  }
  const { difference, variance } = compared(candidates, controls, driftOf(controls, priorDrift));
  const worse = sign * difference;
  const allowed = ratio ? Math.log(tolerance) : tolerance;
  const eValue = Math.exp(Math.min(700, logEOfMean({ difference: worse, variance, allowed, scale })));
  const half = halfWidth({ variance, scale }, alpha);
  const shown = (value: number) => (ratio ? Math.exp(value) : value);
  const estimate = shown(difference);
  const interval: [number, number] = [shown(difference - half), shown(difference + half)];
  const shows = ratio ? (value: number) => `${value.toFixed(3)}×` : (value: number) => value.toFixed(3);
  const from = `${shows(interval[0])} to ${shows(interval[1])}`;
  const limit = ratio ? `${tolerance}×` : `${-tolerance}`;
  const text = `${name}: ${shows(estimate)} against the control (${from}), allowed ${limit}`;
  return { metric, verdict: "fine", eValue, estimate, interval, allowed: tolerance, ...counted, text };
}

/** How blocks differ inside a device, and devices from one another. The venue's own spread counts where it is known. */
function spreadOf(units: readonly HealthUnit[], metric: MeanMetric): Spread {
  const byVenue = new Map<string, { squares: number; freedom: number }>();
  const all = { squares: 0, freedom: 0 };
  const pasts: number[] = [];
  for (const unit of units) {
    const past = unit.before.means[metric];
    if (past.n > 0) pasts.push(past.sum / past.n);
    for (const moments of [past, unit.control.means[metric], unit.candidate.means[metric]]) {
      if (moments.n < 2) continue;
      const squares = Math.max(0, moments.squares - moments.sum ** 2 / moments.n);
      const venue = byVenue.get(unit.venue) ?? { squares: 0, freedom: 0 };
      byVenue.set(unit.venue, { squares: venue.squares + squares, freedom: venue.freedom + moments.n - 1 });
      all.squares += squares;
      all.freedom += moments.n - 1;
    }
  }
  const { drift } = SHAPES[metric];
  const fleet = (all.squares + PRIOR_WEIGHT * drift * drift * 4) / (all.freedom + PRIOR_WEIGHT);
  const within = (venue: string) => {
    const own = byVenue.get(venue) ?? { squares: 0, freedom: 0 };
    return (own.squares + 2 * PRIOR_WEIGHT * fleet) / (own.freedom + 2 * PRIOR_WEIGHT);
  };
  const levels = pasts.length > 0 ? pasts : controlLevels(units, metric);
  return { within, ...levelSpread(levels, fleet, drift) };
}

/** Without any past the controls' present says where devices stand. */
function controlLevels(units: readonly HealthUnit[], metric: MeanMetric): number[] {
  return units.flatMap(({ control }) => {
    const { n, sum } = control.means[metric];
    return n > 0 ? [sum / n] : [];
  });
}

function levelSpread(levels: number[], within: number, drift: number): { mean: number; between: number } {
  if (levels.length === 0) return { mean: 0, between: Math.max(within, (5 * drift) ** 2) };
  const mean = levels.reduce((sum, level) => sum + level, 0) / levels.length;
  const squares = levels.reduce((sum, level) => sum + (level - mean) ** 2, 0);
  const prior = (3 * drift) ** 2;
  return { mean, between: Math.max(LEAST_VARIANCE, (squares + PRIOR_WEIGHT * prior) / (levels.length + PRIOR_WEIGHT)) };
}

/** The past of a device that has little of one is drawn towards the fleet's, and known accordingly badly. */
function changesOf(
  units: readonly HealthUnit[],
  metric: MeanMetric,
  role: "candidate" | "control",
  spread: Spread,
): Change[] {
  return units.flatMap((unit) => {
    const now = unit[role].means[metric];
    if (now.n === 0) return [];
    const within = spread.within(unit.venue);
    const past = pastOf(unit, metric, role);
    const pastNoise = past.n > 0 ? within / past.n : Number.POSITIVE_INFINITY;
    const trust = past.n > 0 ? spread.between / (spread.between + pastNoise) : 0;
    const level = trust * (past.n > 0 ? past.sum / past.n : 0) + (1 - trust) * spread.mean;
    const noise = within / now.n + spread.between * (1 - trust);
    return [{ venue: unit.venue, by: now.sum / now.n - level, noise }];
  });
}

/** What a device did as control is part of its past once it has the candidate. */
const pastOf = (unit: HealthUnit, metric: MeanMetric, role: "candidate" | "control"): Moments =>
  role === "control" ? unit.before.means[metric] : addMoments(unit.before.means[metric], unit.control.means[metric]);

/** Variance of what devices of one venue do differently for no reason we know, from the controls. */
function driftOf(controls: readonly Change[], prior: number): number {
  let squares = 0;
  let noise = 0;
  let freedom = 0;
  for (const group of byVenueOf(controls).values()) {
    if (group.length < 2) continue;
    const mean = group.reduce((sum, { by }) => sum + by, 0) / group.length;
    squares += group.reduce((sum, { by }) => sum + (by - mean) ** 2, 0);
    noise += (group.reduce((sum, one) => sum + one.noise, 0) / group.length) * (group.length - 1);
    freedom += group.length - 1;
  }
  return (Math.max(0, squares - noise) + PRIOR_WEIGHT * prior * prior) / (freedom + PRIOR_WEIGHT);
}

/** Weighted mean over venues of candidate minus control, and its variance. */
function compared(candidates: readonly Change[], controls: readonly Change[], drift: number) {
  const controlsAt = byVenueOf(controls);
  const anywhere = averageOf(controls, drift);
  let information = 0;
  let sum = 0;
  const add = (group: readonly Change[], against: { mean: number; variance: number }, extra: number) => {
    const own = averageOf(group, drift + extra);
    const weight = 1 / (own.variance + against.variance);
    information += weight;
    sum += weight * (own.mean - against.mean);
  };
  const alone: Change[] = [];
  for (const [venue, group] of byVenueOf(candidates)) {
    const neighbours = controlsAt.get(venue);
    if (neighbours) add(group, averageOf(neighbours, drift), 0);
    else alone.push(...group);
  }
  // Venues differ more from one another than devices in one; without any control the whole fleet may have drifted.
  if (alone.length > 0) add(alone, controls.length > 0 ? anywhere : { mean: 0, variance: 2 * drift }, drift);
  return { difference: sum / information, variance: 1 / information };
}

function averageOf(changes: readonly Change[], drift: number): { mean: number; variance: number } {
  let information = 0;
  let sum = 0;
  for (const { by, noise } of changes) {
    const weight = 1 / (noise + drift);
    information += weight;
    sum += weight * by;
  }
  return information > 0 ? { mean: sum / information, variance: 1 / information } : { mean: 0, variance: 1e9 };
}

function byVenueOf(changes: readonly Change[]): Map<string, Change[]> {
  const groups = new Map<string, Change[]>();
  for (const change of changes) {
    const group = groups.get(change.venue);
    if (group) group.push(change);
    else groups.set(change.venue, [change]);
  }
  return groups;
}
