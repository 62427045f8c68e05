/** Counted events of candidate and control into evidence: what each device's own past lets one expect, times how the fleet has changed. */

import { type CountMetric, exposureOf } from "./health-sums.js";
import type { HealthUnit } from "./health-unit.js";
import type { GateEvidence } from "./rollout.js";
import { type CountEvidence, logEOfCounts } from "./sequential-test.js";

interface CountShape {
  name: string;
  per: string;
  /** Per hour, of a box that nothing is known of; worth `PRIOR_HOURS` of measuring. */
  rate: number;
}

export const COUNT_SHAPES: Record<CountMetric, CountShape> = {
  "octave-flips": { name: "Jumps to half or double tempo", per: "hour of music", rate: 0.5 },
  relocks: { name: "Losses of the beat", per: "hour of music", rate: 4 },
  corrections: { name: "Corrections by the operator", per: "hour of music", rate: 0.2 },
  crashes: { name: "Crashes", per: "day", rate: 0.01 },
  offline: { name: "Times offline", per: "day", rate: 0.05 },
  "unstable-hours": { name: "Hours with a crash or an outage", per: "day", rate: 0.05 },
};

const PRIOR_HOURS = 10;
/** Shape of the rates over the fleet: 2 lets a device in twenty have two and a half times the mean. */
const FLEET_SHAPE = 2;
/** A device's own past is trusted no more than this: next week's programme is another. A standard deviation of a quarter. */
const MOST_SHAPE = 16;
/** Events' worth of trust in "the fleet is as it was", and in "the venue is as the fleet". */
const DRIFT_EVENTS = 10;
/** Standard deviations by which the common drift is taken to be worse than measured, so that its error helps the candidate. */
const DRIFT_CAUTION = 1;

interface Expectation {
  /** Per hour. */
  rate: number;
  shape: number;
}

/** `withControl`: what it did as control since the rollout began is part of its past. */
type Expect = (unit: HealthUnit, withControl: boolean) => Expectation;

export function countGate(units: readonly HealthUnit[], metric: CountMetric, tolerance: number): GateEvidence {
  const expectedOf = expectationsOf(units, metric);
  const candidates = units.filter(({ candidate }) => exposureOf(candidate, metric) > 0);
  const controls = units.filter(({ control }) => exposureOf(control, metric) > 0);
  const driftAt = driftOf(controls, metric, expectedOf);
  const evidence = candidates.map((unit): CountEvidence => {
    const { rate, shape } = expectedOf(unit, true);
    const expected = rate * exposureOf(unit.candidate, metric) * driftAt(unit.venue, DRIFT_CAUTION);
    return { count: unit.candidate.counts[metric], expected, shape };
  });
  const { name, per } = COUNT_SHAPES[metric];
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
  const eValue = Math.exp(Math.min(700, logEOfCounts(evidence, tolerance)));
  const count = evidence.reduce((sum, one) => sum + one.count, 0);
  const expected = candidates.reduce(
    (sum, unit) => sum + expectedOf(unit, true).rate * exposureOf(unit.candidate, metric) * driftAt(unit.venue, 0),
    0,
  );
  const hours = candidates.reduce((sum, { candidate }) => sum + exposureOf(candidate, metric), 0);
  const text = `${name}: ${count} in ${hours.toFixed(1)} h (${perOf(count, hours, per)}), ${expected.toFixed(1)} expected, allowed ${tolerance}× of that`;
  return {
    metric,
    verdict: "fine",
    eValue,
    estimate: (count + 0.5) / (expected + 0.5),
    allowed: tolerance,
    ...counted,
    text,
  };
}

/** The rate that a device's own past lets one expect, drawn towards the fleet's where there is little of it. */
function expectationsOf(units: readonly HealthUnit[], metric: CountMetric): Expect {
  let count = COUNT_SHAPES[metric].rate * PRIOR_HOURS;
  let hours = PRIOR_HOURS;
  for (const { before, control } of units) {
    count += before.counts[metric] + control.counts[metric];
    hours += exposureOf(before, metric) + exposureOf(control, metric);
  }
  const fleet = count / hours;
  return (unit: HealthUnit, withControl: boolean): Expectation => {
    const own = unit.before.counts[metric] + (withControl ? unit.control.counts[metric] : 0);
    const past = exposureOf(unit.before, metric) + (withControl ? exposureOf(unit.control, metric) : 0);
    const shape = FLEET_SHAPE + own;
    return { rate: shape / (FLEET_SHAPE / fleet + past), shape: Math.min(shape, MOST_SHAPE) };
  };
}

/**
 * How many times as many events the controls have as in their own past: a festival week is nobody's fault. Their past as it
 * was, not drawn towards the fleet's: that would be a drift of its own where devices are very unlike.
 */
function driftOf(controls: readonly HealthUnit[], metric: CountMetric, expectedOf: Expect) {
  const all = { count: 0, expected: 0, past: 0 };
  const venues = new Map<string, { count: number; expected: number }>();
  for (const unit of controls) {
    const count = unit.control.counts[metric];
    const pastHours = exposureOf(unit.before, metric);
    const past = unit.before.counts[metric];
    const rate = pastHours >= 1 ? past / pastHours : expectedOf(unit, false).rate;
    const expected = rate * exposureOf(unit.control, metric);
    const venue = venues.get(unit.venue) ?? { count: 0, expected: 0 };
    venues.set(unit.venue, { count: venue.count + count, expected: venue.expected + expected });
    all.count += count;
    all.expected += expected;
    all.past += past;
  }
  const fleet = (all.count + DRIFT_EVENTS) / (all.expected + DRIFT_EVENTS);
  const error = Math.sqrt(1 / (all.count + DRIFT_EVENTS) + 1 / (all.past + DRIFT_EVENTS));
  return (venue: string, caution: number): number => {
    const own = venues.get(venue) ?? { count: 0, expected: 0 };
    const drift = (own.count + DRIFT_EVENTS * fleet) / (own.expected + DRIFT_EVENTS);
    return drift * Math.exp(caution * error);
  };
}

function perOf(count: number, hours: number, per: string): string {
  const rate = hours > 0 ? count / hours : 0;
  return per === "day" ? `${(rate * 24).toFixed(2)} a day` : `${rate.toFixed(2)} an ${per}`;
}
