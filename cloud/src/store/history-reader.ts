/** Questions about one device into answers: what is filed and what still waits in the tail, together. Every call blocks. */
import { BPM_STEPS, CONFIDENCE_STEPS } from "@tactus/shared";
import { decodeChunk } from "./chunk-codec.js";
import { type ChunkTables, LONGEST_CHUNK_US } from "./chunk-tables.js";
import type { Era } from "./dating.js";
import { type HistoryPlan, type HistoryRange, planHistory } from "./history-plan.js";
import { LedgerChange, type LedgerTables } from "./ledger-tables.js";
import { addTo, type Bucket, bucketOf, TIERS } from "./rollup-block.js";
import type { RollupTables } from "./rollup-tables.js";
import type { Device, SessionBook } from "./session-book.js";
import type {
  BeatPage,
  BeatQuery,
  DatedBeat,
  DateTrust,
  HistoryCurve,
  HistoryExtent,
  HistoryPoint,
  LedgerDay,
} from "./store.js";
import { datedAsIfFolded, type Tail } from "./tail.js";

export interface HistoryReaderParts {
  book: SessionBook;
  tail: Tail;
  chunks: ChunkTables;
  rollups: RollupTables;
  ledger: LedgerTables;
  /** Where each tier begins, epoch microseconds: what is older was given up. Seconds per bucket, 0 = the beats themselves. */
  keptFromUs(tierS: number): number;
}

type AddBucket = (atUs: number, bucket: Bucket, trust: DateTrust) => void;

const SECOND = 1_000_000;

export class HistoryReader {
  readonly #parts: HistoryReaderParts;

  constructor(parts: HistoryReaderParts) {
    this.#parts = parts;
  }

  curve(device: Device | undefined, range: HistoryRange): HistoryCurve {
    const { tierS, ...plan } = planHistory(range, this.#parts.keptFromUs);
    const dates: DateTrust = { provisional: false, uncertaintyUs: 0 };
    if (!device) return { ...plan, beats: 0, points: [], dates };
    const buckets = new Map<number, Bucket>();
    const add = (atUs: number, bucket: Bucket, trust: DateTrust) => {
      addTo(buckets, Math.floor((atUs - plan.fromUs) / plan.bucketUs), bucket);
      dates.provisional ||= trust.provisional;
      dates.uncertaintyUs = Math.max(dates.uncertaintyUs, trust.uncertaintyUs);
    };
    if (tierS === undefined) for (const beat of this.#filed(device, plan)) add(beat.atUs, bucketOf(beat), beat);
    else this.#addRollups(device, { ...plan, tierS }, add);
    for (const beat of this.#waiting(device, plan)) add(beat.atUs, bucketOf(beat), beat);
    const points = [...buckets].sort(([a], [b]) => a - b).map(([index, bucket]) => pointOf(index, bucket, plan));
    const beats = points.reduce((sum, point) => sum + point.beats, 0);
    return { ...plan, beats, points, dates };
  }

  beats(device: Device | undefined, { skip, limit, ...range }: BeatQuery): BeatPage {
    if (!device) return { beats: [], hasMore: false };
    const waiting = [...this.#waiting(device, range)];
    const found = inOrder(this.#filed(device, range), waiting, skip + limit + 1);
    return { beats: found.slice(skip, skip + limit), hasMore: found.length > skip + limit };
  }

  extent(device: Device | undefined): HistoryExtent {
    if (!device) return { beats: 0, firstUs: 0, lastUs: 0 };
    const waiting = [...this.#waiting(device, { fromUs: 0, toUs: Number.MAX_SAFE_INTEGER })];
    let beats = waiting.length;
    const [, , hours = TIERS[0]] = TIERS;
    if (hours) {
      const ever = { fromS: 0, toS: Number.MAX_SAFE_INTEGER };
      for (const { bucket } of this.#parts.rollups.buckets(device.id, hours, ever)) beats += bucket.beats;
    }
    const ends = waiting.map(({ atUs }) => atUs);
    const filed = this.#parts.chunks.extent(device.id);
    if (filed) {
      ends.push(filed.firstUs);
      const last = { fromUs: filed.lastUs - LONGEST_CHUNK_US, toUs: Number.MAX_SAFE_INTEGER };
      for (const { atUs } of this.#filed(device, last)) ends.push(atUs);
    }
    if (ends.length === 0) return { beats, firstUs: 0, lastUs: 0 };
    const earliest = (a: number, b: number) => Math.min(a, b);
    const latest = (a: number, b: number) => Math.max(a, b);
    return { beats, firstUs: ends.reduce(earliest), lastUs: ends.reduce(latest) };
  }

  ledger(device: Device | undefined, range: { fromDay: number; toDay: number }): LedgerDay[] {
    if (!device) return [];
    const pending = new LedgerChange();
    for (const { entry, isInLedger, batch } of this.#parts.tail.read(device)) {
      if (!isInLedger) pending.add(entry.session.id, batch);
    }
    return this.#parts.ledger.read(device.id, range, pending);
  }

  #addRollups(device: Device, plan: HistoryPlan & { tierS: number }, add: AddBucket): void {
    const tier = TIERS.find(({ bucketS }) => bucketS === plan.tierS);
    if (!tier) return;
    const range = { fromS: plan.fromUs / SECOND, toS: plan.toUs / SECOND };
    for (const { startS, bucket, session } of this.#parts.rollups.buckets(device.id, tier, range)) {
      add(startS * SECOND, bucket, { provisional: session !== 0, uncertaintyUs: 0 });
    }
  }

  /** In the order of their chunks; within a device's overlapping sessions beats may stand out of order. */
  *#filed(device: Device, { fromUs, toUs }: { fromUs: number; toUs: number }): Generator<DatedBeat> {
    const sessions = this.#parts.book.erasOf(device);
    for (const chunk of this.#parts.chunks.range(device.id, { fromUs, toUs })) {
      const session = sessions.get(chunk.session);
      const era = session?.eras.get(chunk.era);
      if (!session || !era) continue;
      for (const beat of decodeChunk(session.name, chunk.data)) {
        const dated = datedBeat(beat, { session: session.name, era });
        if (dated.atUs >= fromUs && dated.atUs < toUs) yield dated;
      }
    }
  }

  *#waiting(device: Device, { fromUs, toUs }: { fromUs: number; toUs: number }): Generator<DatedBeat> {
    for (const { waiting, era } of datedAsIfFolded(this.#parts.tail.read(device))) {
      for (const beat of waiting.batch.beats) {
        const dated = datedBeat(beat, { session: waiting.entry.session.name, era });
        if (dated.atUs >= fromUs && dated.atUs < toUs) yield dated;
      }
    }
  }
}

function datedBeat<B extends { atUs: number }>(beat: B, { session, era }: { session: string; era: Era }) {
  const { shiftUs, isKnown, uncertaintyUs } = era;
  return { ...beat, atUs: beat.atUs + shiftUs, session, provisional: !isKnown, uncertaintyUs };
}

/** The first `count` of both together by date. `filed` comes chunk by chunk: what is later than a whole chunk away is settled. */
function inOrder(filed: Iterable<DatedBeat>, waiting: DatedBeat[], count: number): DatedBeat[] {
  const byDate = (one: DatedBeat, other: DatedBeat) => one.atUs - other.atUs;
  const found: DatedBeat[] = [];
  let boundUs = Number.POSITIVE_INFINITY;
  for (const beat of filed) {
    if (beat.atUs > boundUs + LONGEST_CHUNK_US) break;
    found.push(beat);
    if (found.length === count) boundUs = found.reduce((most, { atUs }) => Math.max(most, atUs), 0);
  }
  return [...found, ...waiting].sort(byDate).slice(0, count);
}

function pointOf(index: number, bucket: Bucket, plan: { fromUs: number; bucketUs: number }): HistoryPoint {
  const spread = (min: number, sum: number, max: number, steps: number) => ({
    min: min / steps,
    mean: sum / bucket.beats / steps,
    max: max / steps,
  });
  return {
    atUs: plan.fromUs + index * plan.bucketUs,
    beats: bucket.beats,
    bpm: spread(bucket.bpmMin, bucket.bpmSum, bucket.bpmMax, BPM_STEPS),
    confidence: spread(bucket.confidenceMin, bucket.confidenceSum, bucket.confidenceMax, CONFIDENCE_STEPS),
  };
}
