/** Beats into buckets of 10 s, 5 min and 1 h, and the buckets of one stretch into a blob and back. Whole steps: sums are exact. */
import { type Beat, BPM_STEPS, ByteReader, ByteWriter, CONFIDENCE_STEPS } from "@tactus/shared";

/** What the beats of a stretch of time add up to; tempo and confidence in steps. */
export interface Bucket {
  beats: number;
  bpmMin: number;
  bpmSum: number;
  bpmMax: number;
  confidenceMin: number;
  confidenceSum: number;
  confidenceMax: number;
}

export interface Tier {
  /** Seconds per bucket. */
  bucketS: number;
  /** Seconds per row: several buckets share one. */
  blockS: number;
}

export const TIERS: readonly Tier[] = [
  { bucketS: 10, blockS: 600 },
  { bucketS: 300, blockS: 10_800 },
  { bucketS: 3600, blockS: 86_400 },
];

/** Buckets of a block, by their place in it. */
export type Block = Map<number, Bucket>;

export function bucketOf({ bpm, confidence }: Pick<Beat, "bpm" | "confidence">): Bucket {
  const bpmSteps = Math.round(bpm * BPM_STEPS);
  const confidenceSteps = Math.round(confidence * CONFIDENCE_STEPS);
  return {
    beats: 1,
    bpmMin: bpmSteps,
    bpmSum: bpmSteps,
    bpmMax: bpmSteps,
    confidenceMin: confidenceSteps,
    confidenceSum: confidenceSteps,
    confidenceMax: confidenceSteps,
  };
}

/** Adds `more` to what is at `place`. */
export function addTo<Key>(buckets: Map<Key, Bucket>, place: Key, more: Bucket): void {
  const bucket = buckets.get(place);
  if (!bucket) {
    buckets.set(place, { ...more });
    return;
  }
  bucket.beats += more.beats;
  bucket.bpmMin = Math.min(bucket.bpmMin, more.bpmMin);
  bucket.bpmSum += more.bpmSum;
  bucket.bpmMax = Math.max(bucket.bpmMax, more.bpmMax);
  bucket.confidenceMin = Math.min(bucket.confidenceMin, more.confidenceMin);
  bucket.confidenceSum += more.confidenceSum;
  bucket.confidenceMax = Math.max(bucket.confidenceMax, more.confidenceMax);
}

export function encodeBlock(block: Block): Uint8Array {
  const writer = new ByteWriter();
  let place = -1;
  let bpmMin = 0;
  for (const [index, bucket] of [...block].sort(([a], [b]) => a - b)) {
    writer.unsigned(index - place - 1);
    writer.unsigned(bucket.beats);
    writer.signed(bucket.bpmMin - bpmMin);
    writer.unsigned(bucket.bpmMax - bucket.bpmMin);
    writer.unsigned(bucket.bpmSum - bucket.beats * bucket.bpmMin);
    writer.byte(bucket.confidenceMin);
    writer.byte(bucket.confidenceMax - bucket.confidenceMin);
    writer.unsigned(bucket.confidenceSum - bucket.beats * bucket.confidenceMin);
    place = index;
    bpmMin = bucket.bpmMin;
  }
  return writer.bytes();
}

/** Throws InputError for a blob that is damaged. */
export function decodeBlock(data: Uint8Array): Block {
  const reader = new ByteReader(data, "rollup");
  const block: Block = new Map();
  let place = -1;
  let bpmMin = 0;
  while (!reader.isAtEnd) {
    place += reader.unsigned("place") + 1;
    const beats = reader.unsigned("beats");
    bpmMin += reader.signed("bpmMin");
    const bpmMax = bpmMin + reader.unsigned("bpmMax");
    const bpmSum = beats * bpmMin + reader.unsigned("bpmSum");
    const confidenceMin = reader.byte("confidenceMin");
    const confidenceMax = confidenceMin + reader.byte("confidenceMax");
    const confidenceSum = beats * confidenceMin + reader.unsigned("confidenceSum");
    block.set(place, { beats, bpmMin, bpmSum, bpmMax, confidenceMin, confidenceSum, confidenceMax });
  }
  return block;
}
