/** Tempo range into beat intervals in filter frames, and how one interval follows another. Pure tables. */

export interface TempoRange {
  minBpm: number;
  maxBpm: number;
  /** Filter frames per second. */
  fps: number;
  /** At most this many intervals, spaced evenly in log tempo. */
  maxStates: number;
  /** Tempo change penalty: p(N'|N) ∝ exp(-lambda |N'/N - 1|). */
  lambda: number;
}

/** For one interval: the intervals it may come from, with probabilities (Krebs, Böck & Widmer 2015, eq. 9). */
interface Band {
  first: number;
  weights: Float64Array;
}

export interface TempoStates {
  /** Beat intervals, frames, ascending. */
  intervals: Int32Array;
  /** into[j]: where the mass of interval j at a beat comes from. */
  into: Band[];
}

const NEGLIGIBLE = 1e-6;

function intervalsOf(range: TempoRange): Int32Array {
  const shortest = Math.round((60 * range.fps) / range.maxBpm);
  const longest = Math.round((60 * range.fps) / range.minBpm);
  if (longest - shortest + 1 <= range.maxStates) {
    return Int32Array.from({ length: longest - shortest + 1 }, (_, i) => shortest + i);
  }
  const ratio = (longest / shortest) ** (1 / (range.maxStates - 1));
  const spaced = Array.from({ length: range.maxStates }, (_, i) => Math.round(shortest * ratio ** i));
  return Int32Array.from(new Set(spaced));
}

export function tempoStates(range: TempoRange): TempoStates {
  const intervals = intervalsOf(range);
  const p = (from: number, to: number): number => Math.exp(-range.lambda * Math.abs(to / from - 1));
  const totals = Array.from(intervals, (from) => intervals.reduce((sum, to) => sum + p(from, to), 0));
  const into = Array.from(intervals, (to): Band => {
    const weights = Array.from(intervals, (from, i) => p(from, to) / (totals[i] as number));
    const first = weights.findIndex((w) => w > NEGLIGIBLE);
    const last = weights.findLastIndex((w) => w > NEGLIGIBLE);
    return { first, weights: Float64Array.from(weights.slice(first, last + 1)) };
  });
  return { intervals, into };
}
