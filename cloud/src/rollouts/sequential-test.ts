/**
 * Observations that keep coming into e-values: bets against "the candidate is not worse than allowed". Under that hypothesis
 * an e-process is a supermartingale that begins at 1, so it ever reaches 1/alpha with probability alpha at most, however
 * often one looks (Ville's inequality). Everything is in natural logarithms.
 *
 * Johari, Koomen, Pekelis, Walsh: "Peeking at A/B tests" (KDD 2017): mixture sequential probability ratio tests.
 * Howard, Ramdas, McAuliffe, Sekhon: "Time-uniform, nonparametric, nonasymptotic confidence sequences" (Annals of
 * Statistics 49, 2021): the one-sided normal mixture. Waudby-Smith, Arbour, Sinha, Kennedy, Ramdas: "Time-uniform central
 * limit theory and asymptotic confidence sequences" (Annals of Statistics 52, 2024): with an estimated variance it holds in
 * the limit. Lindon, Malek: "Anytime-valid inference for multinomial count data" (NeurIPS 2022): Poisson counts.
 * Vovk, Wang: "E-values: calibration, combination and applications" (Annals of Statistics 49, 2021): an average of e-values
 * is one, whatever they have to do with one another.
 */

export interface MeanEvidence {
  /** Candidate minus control; up is worse. */
  difference: number;
  /** Of `difference`. With information 1/variance, estimates of the same effect have independent increments, also where devices differ (Jennison, Turnbull: "Group Sequential Methods", 1999, chapter 11). */
  variance: number;
  /** A difference up to this is allowed. */
  allowed: number;
  /** Differences beyond the allowed one that are looked for: about so large. */
  scale: number;
}

/** Log e-value against `difference ≤ allowed`: half-normal mixture over larger differences. */
export function logEOfMean({ difference, variance, allowed, scale }: MeanEvidence): number {
  if (!(variance > 0) || !Number.isFinite(variance)) return 0;
  const information = 1 / variance;
  const score = information * (difference - allowed);
  const spread = 1 + scale * scale * information;
  const standard = (scale * score) / Math.sqrt(spread);
  return Math.LN2 - Math.log(spread) / 2 + (standard * standard) / 2 + logNormalBelow(standard);
}

/** Half the width of the confidence sequence around `difference`: holds at all times at once with probability 1 − alpha. */
export function halfWidth({ variance, scale }: Pick<MeanEvidence, "variance" | "scale">, alpha: number): number {
  if (!(variance > 0) || !Number.isFinite(variance)) return Number.POSITIVE_INFINITY;
  const spread = 1 + (scale * scale) / variance;
  return Math.sqrt(((variance * spread) / (scale * scale)) * variance * Math.log(spread / (alpha * alpha)));
}

/** What one device has counted with the candidate, and what its own past lets one expect. */
export interface CountEvidence {
  /** Events with the candidate. */
  count: number;
  /** Events per unit of exposure expected of this device, times its exposure with the candidate. */
  expected: number;
  /** Shape of the gamma distribution of its true rate around the expected one: how much its past tells. */
  shape: number;
}

/** Rates so many times the allowed one are looked for, each with the same weight. */
const RATIOS = [1.5, 2, 3, 5, 10];

/**
 * Log e-value against "every device's rate is at most `allowed` times what its past lets one expect": gamma-Poisson
 * likelihood ratios, a uniform mixture over how much worse it is.
 */
export function logEOfCounts(devices: readonly CountEvidence[], allowed: number): number {
  const bets = RATIOS.map((ratio) => {
    let sum = 0;
    for (const { count, expected, shape } of devices) {
      const [null_, worse] = [shape + allowed * expected, shape + ratio * allowed * expected];
      sum += (shape + count) * Math.log(null_ / worse) + count * Math.log(ratio);
    }
    return sum;
  });
  return logMean(bets);
}

/** Several e-values of whatever dependence into one. */
export function logMean(logs: readonly number[]): number {
  const largest = Math.max(...logs);
  if (logs.length === 0 || !Number.isFinite(largest)) return 0;
  return largest + Math.log(logs.reduce((sum, log) => sum + Math.exp(log - largest), 0) / logs.length);
}

/** ln Φ(x), to 1e-6 or better of Φ; the tail by its asymptotic series. */
export function logNormalBelow(x: number): number {
  if (x < -5) {
    const square = 1 / (x * x);
    return -(x * x) / 2 - Math.log(-x) - Math.log(2 * Math.PI) / 2 + Math.log(1 - square + 3 * square * square);
  }
  return Math.log(x < 0 ? normalTail(-x) : 1 - normalTail(x));
}

/** 1 − Φ(x) for x ≥ 0: Abramowitz and Stegun 26.2.17, error below 7.5e-8; the tail from 4 on by its series. */
function normalTail(x: number): number {
  const density = Math.exp((-x * x) / 2) / Math.sqrt(2 * Math.PI);
  if (x > 4) {
    const square = 1 / (x * x);
    return (density / x) * (1 - square + 3 * square * square - 15 * square ** 3);
  }
  const t = 1 / (1 + 0.2316419 * x);
  const series = 0.31938153 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429)));
  return density * t * series;
}
