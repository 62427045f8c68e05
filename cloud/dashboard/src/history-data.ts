/** An answered history query into the columns a plot wants, and into what can be said about it. */
import type { HistoryAnswer } from "@tactus/cloud";

type Column = (number | null)[];

export interface HistoryColumns {
  /** Seconds since the epoch, the middle of each bucket; a bucket without beats breaks the lines. */
  at: number[];
  mean: Column;
  low: Column;
  high: Column;
  confidence: Column;
}

export function columnsOf({ points, bucketUs }: Pick<HistoryAnswer, "points" | "bucketUs">): HistoryColumns {
  const columns: HistoryColumns = { at: [], mean: [], low: [], high: [], confidence: [] };
  let lastUs: number | undefined;
  for (const point of points) {
    if (lastUs !== undefined && point.atUs > lastUs + gapUs(bucketUs)) {
      push(columns, (lastUs + bucketUs) / 1e6, null, null, null, null);
    }
    const { bpm, confidence } = point;
    push(columns, (point.atUs + bucketUs / 2) / 1e6, bpm.mean, bpm.min, bpm.max, confidence.mean);
    lastUs = point.atUs;
  }
  return columns;
}

export interface HistorySummary {
  beats: number;
  low: number;
  high: number;
  confidence: number;
}

/** Undefined when there are no beats. */
export function summaryOf({ points, beats }: Pick<HistoryAnswer, "points" | "beats">): HistorySummary | undefined {
  if (beats === 0) return undefined;
  return {
    beats,
    low: Math.min(...points.map((point) => point.bpm.min)),
    high: Math.max(...points.map((point) => point.bpm.max)),
    confidence: points.reduce((sum, point) => sum + point.confidence.mean * point.beats, 0) / beats,
  };
}

/** At a fine zoom a bucket may lie between two beats: that is no gap. */
const gapUs = (bucketUs: number): number => Math.max(1.5 * bucketUs, 3_000_000);

function push(columns: HistoryColumns, at: number, ...values: (number | null)[]): void {
  const [mean = null, low = null, high = null, confidence = null] = values;
  columns.at.push(at);
  columns.mean.push(mean);
  columns.low.push(low);
  columns.high.push(high);
  columns.confidence.push(confidence);
}
