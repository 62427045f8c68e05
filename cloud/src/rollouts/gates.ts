/** Everything that is known of a rollout's devices into one verdict for each gate, with the numbers behind it. */
import { countGate } from "./count-gate.js";
import { COUNT_METRICS, MEAN_METRICS } from "./health-sums.js";
import type { HealthUnit } from "./health-unit.js";
import { limitGates } from "./limit-gates.js";
import { meanGate } from "./mean-gate.js";
import type { GateEvidence, HardLimits, Metric, Tolerances } from "./rollout.js";
import { logMean } from "./sequential-test.js";
import { shadowGate } from "./shadow-gate.js";

export interface Verdict {
  gates: GateEvidence[];
  /** All e-values together: at 1/alpha the candidate is worse. */
  eValue: number;
  /** A hard limit is broken. */
  broken?: GateEvidence | undefined;
  /** The gate that says most against the candidate. */
  worst?: GateEvidence | undefined;
  /** Music heard with the candidate, hours. */
  musicHours: number;
}

export interface GateOptions {
  tolerances: Tolerances;
  limits: HardLimits;
  alpha: number;
  /** From this e-value on a gate is `watching`. */
  holdAt: number;
}

/** Deterministic: the same sums give the same verdict, in whatever order they came. */
export function judge(units: readonly HealthUnit[], options: GateOptions): Verdict {
  const gates = gatesOf(units, options).map((look) => look());
  return verdictOf(units, gates, options);
}

/** The same for many devices: `breathe` is awaited between two gates. */
export async function judgeMany(
  units: readonly HealthUnit[],
  options: GateOptions,
  breathe: () => Promise<unknown>,
): Promise<Verdict> {
  const gates: GateEvidence[] = [];
  for (const look of gatesOf(units, options)) {
    gates.push(look());
    await breathe();
  }
  return verdictOf(units, gates, options);
}

function verdictOf(units: readonly HealthUnit[], compared: GateEvidence[], options: GateOptions): Verdict {
  for (const gate of compared) if ((gate.eValue ?? 0) >= options.holdAt) gate.verdict = "watching";
  const logs = compared.map(({ eValue = 1 }) => Math.log(Math.max(eValue, 1e-300)));
  const eValue = Math.exp(Math.min(logMean(logs), 700));
  const worst = compared.reduce<GateEvidence | undefined>(
    (most, gate) => ((gate.eValue ?? 1) > (most?.eValue ?? 1) ? gate : most),
    undefined,
  );
  if (worst && eValue >= 1 / options.alpha) worst.verdict = "worse";
  const limits = limitGates(units, options.limits);
  return {
    gates: [...compared, ...limits],
    eValue,
    broken: limits.find(({ verdict }) => verdict === "worse"),
    worst,
    musicHours: units.reduce((sum, { candidate }) => sum + candidate.musicS, 0) / 3600,
  };
}

function gatesOf(units: readonly HealthUnit[], { tolerances, alpha }: GateOptions): (() => GateEvidence)[] {
  const wanted = (metric: Metric) => tolerances[metric] !== null;
  return [
    ...MEAN_METRICS.filter(wanted).map((metric) => () => meanGate(units, metric, tolerances[metric] ?? 1, alpha)),
    ...COUNT_METRICS.filter(wanted).map((metric) => () => countGate(units, metric, tolerances[metric] ?? 1)),
    ...(wanted("shadow") ? [() => shadowGate(units, tolerances.shadow ?? 1, alpha)] : []),
  ];
}
