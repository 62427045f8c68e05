/** What candidates showed beside the active model on the same live sound, before any room depended on them, into evidence. */
import type { HealthUnit } from "./health-unit.js";
import type { GateEvidence } from "./rollout.js";
import { halfWidth, logEOfMean } from "./sequential-test.js";

/** A shadow that has heard less tells nothing, seconds. */
export const SHADOW_LEAST_S = 120;
const SCALE = 0.25;
/** Standard deviation between devices of the logarithm of the ratio, before enough have reported; and what that is worth. */
const PRIOR = 0.15;
const PRIOR_WEIGHT = 5;
const LEAST = 1e-4;

/** Each device is its own control: candidate's instability over the active one's, on the same music. `tolerance`: a ratio. */
export function shadowGate(units: readonly HealthUnit[], tolerance: number, alpha: number): GateEvidence {
  const ratios = units.flatMap(({ shadow }) =>
    shadow && shadow.musicS >= SHADOW_LEAST_S
      ? [Math.log(Math.max(shadow.instability.candidate, LEAST) / Math.max(shadow.instability.active, LEAST))]
      : [],
  );
  const counted = { candidateDevices: ratios.length, controlDevices: ratios.length };
  const name = "Change from beat to beat in the shadow";
  if (ratios.length === 0) {
    return {
      metric: "shadow",
      verdict: "no-data",
      eValue: 1,
      allowed: tolerance,
      ...counted,
      text: `${name}: none yet`,
    };
  }
  const difference = ratios.reduce((sum, ratio) => sum + ratio, 0) / ratios.length;
  const squares = ratios.reduce((sum, ratio) => sum + (ratio - difference) ** 2, 0);
  const spread = (squares + PRIOR_WEIGHT * PRIOR * PRIOR) / (ratios.length - 1 + PRIOR_WEIGHT);
  const variance = spread / ratios.length;
  const logE = logEOfMean({ difference, variance, allowed: Math.log(tolerance), scale: SCALE });
  const half = halfWidth({ variance, scale: SCALE }, alpha);
  const interval: [number, number] = [Math.exp(difference - half), Math.exp(difference + half)];
  const estimate = Math.exp(difference);
  const text = `${name}: ${estimate.toFixed(3)}× of the active model's on the same music, allowed ${tolerance}×`;
  return {
    metric: "shadow",
    verdict: "fine",
    eValue: Math.exp(Math.min(700, logE)),
    estimate,
    interval,
    allowed: tolerance,
    ...counted,
    text,
  };
}
