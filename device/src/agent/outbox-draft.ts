/** Fallen beats into numbered batches of one day and one setting of the clock, with what is missing between them. Pure. */
import type { BatchClock, BatchLedger, Beat, HistoryBatch } from "@tactus/shared";
import type { MissedBeats } from "./beat-numbers.js";
import type { FallenBeat } from "./history-collector.js";

/** A batch that is not yet on disk, or still grows. */
export interface Draft {
  id: number;
  batch: HistoryBatch & { ledger: BatchLedger };
  /** Wall minus monotonic clock, microseconds: another one means that the clock was set. */
  epochOffsetUs: number | undefined;
  /** Monotonic seconds. */
  begunAt: number;
  sealed: boolean;
}

export type ClockReading = Omit<BatchClock, "monotonicUs">;

/** A batch holds no more than this: two minutes of a room. */
const MAX_BEATS = 256;
const DAY_US = 86_400_000_000;
/** The wall clock was set, not slewed, when it moved by more than this: microseconds. */
const STEP_US = 50_000;

export class OutboxDrafts {
  readonly #session: string;
  /** Beats of this session by day. */
  readonly #produced = new Map<number, number>();
  #drafts: Draft[] = [];
  #nextId: number;
  #nextSequence = 0;

  constructor(options: { session: string; nextId: number }) {
    this.#session = options.session;
    this.#nextId = options.nextId;
  }

  /** Every batch with this number or a later one is to come. */
  get nextId(): number {
    return this.#nextId;
  }

  /** What is to be written, the oldest first; only the last one may still grow. */
  get all(): readonly Draft[] {
    return this.#drafts;
  }

  /** The batch that still grows, begun at monotonic seconds. */
  get growing(): Draft | undefined {
    const last = this.#drafts.at(-1);
    return last?.sealed ? undefined : last;
  }

  add({ beat, monotonicUs }: FallenBeat, clock: ClockReading, now: number): void {
    const epochOffsetUs = beat.atUs - monotonicUs;
    const draft = this.#draftFor({ day: dayOf(beat.atUs), epochOffsetUs }, now);
    draft.batch.beats.push(beat);
    draft.batch.clock ??= { ...clock, monotonicUs };
    draft.epochOffsetUs ??= epochOffsetUs;
    this.#count(draft, 1);
    if (draft.batch.beats.length >= MAX_BEATS) draft.sealed = true;
  }

  miss({ count, atUs }: MissedBeats, now: number): void {
    const draft = this.#draftFor({ day: dayOf(atUs), epochOffsetUs: undefined }, now);
    draft.batch.ledger.unaccounted += count;
    this.#count(draft, count);
  }

  seal(): void {
    const { growing } = this;
    if (growing) growing.sealed = true;
  }

  /** They are on disk: those that are sealed need not be kept. */
  written(): void {
    this.#drafts = this.#drafts.filter(({ sealed }) => !sealed);
  }

  /** Keeps no more than `maxBeats`; what has to go is counted, and the count is kept. Returns how many went. */
  shed(maxBeats: number): number {
    let surplus = this.#drafts.reduce((sum, { batch }) => sum + batch.beats.length, 0) - maxBeats;
    let gone = 0;
    for (const draft of this.#drafts) {
      if (surplus <= 0) break;
      const { length } = draft.batch.beats;
      draft.batch = withoutBeats(draft.batch);
      draft.sealed = true;
      surplus -= length;
      gone += length;
    }
    return gone;
  }

  #draftFor(wanted: { day: number; epochOffsetUs: number | undefined }, now: number): Draft {
    const { growing } = this;
    if (growing && suits(growing, wanted)) return growing;
    this.seal();
    const ledger = { day: wanted.day, produced: this.#produced.get(wanted.day) ?? 0, lost: 0, unaccounted: 0 };
    const beats: Beat[] = [];
    const draft: Draft = {
      id: this.#nextId++,
      batch: { v: 1, session: this.#session, sequence: this.#nextSequence++, beats, ledger },
      epochOffsetUs: wanted.epochOffsetUs,
      begunAt: now,
      sealed: false,
    };
    this.#drafts.push(draft);
    return draft;
  }

  #count({ batch: { ledger } }: Draft, more: number): void {
    const produced = (this.#produced.get(ledger.day) ?? 0) + more;
    this.#produced.set(ledger.day, produced);
    ledger.produced = produced;
  }
}

/** The same batch when its beats have to go: what remains is their number. */
export function withoutBeats<Batch extends HistoryBatch>(batch: Batch): Batch & { ledger: BatchLedger } {
  const day = dayOf(batch.beats[0]?.atUs ?? 0);
  const ledger = batch.ledger ?? { day, produced: batch.beats.length, lost: 0, unaccounted: 0 };
  return { ...batch, beats: [], ledger: { ...ledger, lost: ledger.lost + batch.beats.length } };
}

const dayOf = (atUs: number): number => Math.floor(atUs / DAY_US);

function suits({ batch, epochOffsetUs }: Draft, wanted: { day: number; epochOffsetUs: number | undefined }): boolean {
  if (batch.ledger.day !== wanted.day) return false;
  if (epochOffsetUs === undefined || wanted.epochOffsetUs === undefined) return true;
  return Math.abs(epochOffsetUs - wanted.epochOffsetUs) <= STEP_US;
}
