/** A wanted range and number of points into whole buckets and the table that can fill them. */
import { InputError } from "@tactus/shared";

/** Rollup tiers that are kept, seconds per bucket. */
export const TIERS_S = [10, 300, 3600] as const;

export interface HistoryRange {
  /** Epoch microseconds; the range is half open: from ≤ beat < to. */
  fromUs: number;
  toUs: number;
  /** At most this many buckets, 1…2000. */
  points: number;
}

export interface HistoryPlan {
  /** Range widened to whole buckets: every beat in it is counted exactly once. */
  fromUs: number;
  toUs: number;
  bucketUs: number;
  /** Seconds per bucket of the rollup to read, undefined = the beats themselves. */
  tierS: number | undefined;
}

const SECOND = 1_000_000;
/** Widths people can read off an axis, seconds; each multiple of a tier divides evenly by it. */
const WIDTHS_S = [
  0.25, 0.5, 1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200, 86400, 172800, 604800,
  2_592_000, 7_776_000, 31_536_000, 157_680_000,
];

const EVER = (_tierS: number): number => 0;

/**
 * `keptFromUs`: since when a tier is kept (epoch microseconds; seconds per bucket, 0 = the beats): a range that begins earlier is
 * read from a coarser one. Throws InputError when the range is empty or too long for so few points.
 */
export function planHistory({ fromUs, toUs, points }: HistoryRange, keptFromUs = EVER): HistoryPlan {
  if (toUs <= fromUs) throw new InputError(`History range is empty: to ${toUs} is not after from ${fromUs}`);
  const finestS = [0, ...TIERS_S].find((tier) => keptFromUs(tier) <= fromUs) ?? 3600;
  const isFine = (width: number) => finestS === 0 || width % finestS === 0;
  const widthS = WIDTHS_S.find((width) => isFine(width) && bucketsIn(fromUs, toUs, width) <= points);
  if (widthS === undefined) throw new InputError(`History range is too long for ${points} points: ask for more points`);
  const bucketUs = widthS * SECOND;
  return {
    fromUs: Math.floor(fromUs / bucketUs) * bucketUs,
    toUs: Math.ceil(toUs / bucketUs) * bucketUs,
    bucketUs,
    tierS: TIERS_S.findLast((tier) => widthS % tier === 0),
  };
}

function bucketsIn(fromUs: number, toUs: number, widthS: number): number {
  const bucketUs = widthS * SECOND;
  return Math.ceil(toUs / bucketUs) - Math.floor(fromUs / bucketUs);
}
