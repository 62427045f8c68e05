/** Beats into what they add to each bucket of each rollup tier. */
import type { Beat } from "@tactus/shared";
import { TIERS_S } from "./history-plan.js";

export interface BucketRow {
  bucketS: number;
  startS: number;
  beats: number;
  bpmMin: number;
  bpmSum: number;
  bpmMax: number;
  confidenceMin: number;
  confidenceSum: number;
  confidenceMax: number;
}

export function rollUp(beats: readonly Beat[]): BucketRow[] {
  const rows = new Map<string, BucketRow>();
  for (const beat of beats) {
    for (const bucketS of TIERS_S) {
      const startS = Math.floor(beat.atUs / 1_000_000 / bucketS) * bucketS;
      const key = `${bucketS}:${startS}`;
      const row = rows.get(key);
      if (row) add(row, beat);
      else rows.set(key, { bucketS, startS, ...rowOf(beat) });
    }
  }
  return [...rows.values()];
}

function rowOf({ bpm, confidence }: Beat): Omit<BucketRow, "bucketS" | "startS"> {
  return {
    beats: 1,
    bpmMin: bpm,
    bpmSum: bpm,
    bpmMax: bpm,
    confidenceMin: confidence,
    confidenceSum: confidence,
    confidenceMax: confidence,
  };
}

function add(row: BucketRow, { bpm, confidence }: Beat): void {
  row.beats += 1;
  row.bpmMin = Math.min(row.bpmMin, bpm);
  row.bpmSum += bpm;
  row.bpmMax = Math.max(row.bpmMax, bpm);
  row.confidenceMin = Math.min(row.confidenceMin, confidence);
  row.confidenceSum += confidence;
  row.confidenceMax = Math.max(row.confidenceMax, confidence);
}
