/** Beats of a simulated room into packed batches that wait for the cloud: the outbox of a box, without its disk. Pure. */
import { type Beat, encodeHistory, type HistoryAck } from "@tactus/shared";
import { HistoryLanes } from "../agent/history-lanes.js";
import type { ReadRange, StoredBatch } from "../agent/outbox.js";
import { type ClockReading, OutboxDrafts } from "../agent/outbox-draft.js";

/** Beats, each counted in exactly one of the last four. */
export interface OutboxAccount {
  produced: number;
  acknowledged: number;
  /** The cloud will never take them. */
  refused: number;
  /** Gone with a restart before they were committed. */
  unaccounted: number;
  waiting: number;
}

interface Entry extends StoredBatch {
  beats: number;
  /** Of its first sending, monotonic seconds; 0 = not yet sent. */
  sentAt: number;
  isDone: boolean;
}

/** With a link a batch grows this long before it is sent: seconds. */
const LIVE_BATCH_S = 4;
/** Marks stay in the way of reading until so many have gathered. */
const SWEEP_AT = 64;

export class MemoryOutbox {
  #drafts: OutboxDrafts;
  #entries: Entry[] = [];
  #done = 0;
  readonly #byKey = new Map<string, Entry>();
  readonly #lanes = new HistoryLanes({ read: (range) => this.#read(range) });
  #acknowledged = 0;
  #refused = 0;
  #unaccounted = 0;
  #produced = 0;
  /** Of the present reading, monotonic seconds. */
  #now = 0;
  /** Beats that a kill takes, with the day they count for. */
  #uncommitted: { beat: Beat; monotonicUs: number }[] = [];

  constructor(options: { session: string }) {
    this.#drafts = new OutboxDrafts({ session: options.session, nextId: 1 });
  }

  get account(): OutboxAccount {
    const gone = { acknowledged: this.#acknowledged, refused: this.#refused, unaccounted: this.#unaccounted };
    const waiting = this.#produced - gone.acknowledged - gone.refused - gone.unaccounted;
    return { produced: this.#produced, ...gone, waiting };
  }

  get waitingBatches(): number {
    return this.#byKey.size;
  }

  add(beat: Beat, monotonicUs: number): void {
    this.#produced++;
    this.#uncommitted.push({ beat, monotonicUs });
  }

  /** What was added is safe from now on, and goes out when its time has come. `now`: monotonic seconds. */
  commit(clock: ClockReading, now: number, isUp: boolean): void {
    for (const fallen of this.#uncommitted) this.#drafts.add(fallen, clock, now);
    this.#uncommitted = [];
    const begunAt = this.#drafts.growing?.begunAt ?? Number.POSITIVE_INFINITY;
    if (isUp && now - begunAt >= LIVE_BATCH_S) this.#drafts.seal();
    this.#keepSealed();
  }

  seal(): void {
    this.#drafts.seal();
    this.#keepSealed();
  }

  linkUp(now: number): void {
    this.seal();
    this.#lanes.linkUp(this.#drafts.nextId, now);
  }

  /** Packed batches to be sent now; they count as sent. */
  takeDue(now: number): Uint8Array[] {
    this.#now = now;
    return this.#byKey.size === 0 ? [] : this.#lanes.takeDue(now);
  }

  /** Returns the seconds since it was first sent; undefined for what is not, or no longer, known. */
  acknowledge({ session, sequence, refused, backfillPerS }: HistoryAck, now: number): number | undefined {
    if (backfillPerS !== undefined) this.#lanes.grant(backfillPerS);
    const key = keyOf({ session, sequence });
    const entry = this.#byKey.get(key);
    this.#lanes.acknowledged({ session, sequence });
    if (!entry) return undefined;
    this.#byKey.delete(key);
    entry.isDone = true;
    this.#done++;
    if (refused === undefined) this.#acknowledged += entry.beats;
    else this.#refused += entry.beats;
    if (this.#done >= SWEEP_AT) this.#sweep();
    return now - entry.sentAt;
  }

  /** The box was killed: what was not committed is gone and is counted; what was, is sent by the next session. */
  restart(session: string, now: number): void {
    this.seal();
    this.#drafts = new OutboxDrafts({ session, nextId: this.#drafts.nextId });
    const lost = this.#uncommitted;
    this.#uncommitted = [];
    this.#unaccounted += lost.length;
    for (const { beat } of lost) this.#drafts.miss({ count: 1, atUs: beat.atUs }, now);
  }

  #keepSealed(): void {
    for (const { id, batch, sealed } of this.#drafts.all) {
      if (!sealed) continue;
      const { session, sequence, beats } = batch;
      const payload = encodeHistory(batch);
      const entry = { id, session, sequence, payload, beats: beats.length, sentAt: 0, isDone: false };
      this.#entries.push(entry);
      this.#byKey.set(keyOf(batch), entry);
    }
    this.#drafts.written();
  }

  #read({ after, before, limit }: ReadRange): StoredBatch[] {
    const found: StoredBatch[] = [];
    for (let at = this.#firstAfter(after); at < this.#entries.length && found.length < limit; at++) {
      const entry = this.#entries[at];
      if (!entry || entry.id >= before) break;
      if (entry.isDone) continue;
      found.push(entry);
      if (entry.sentAt === 0) entry.sentAt = this.#now;
    }
    return found;
  }

  /** Entries lie in the order of their ids. */
  #firstAfter(id: number): number {
    let [low, high] = [0, this.#entries.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#entries[middle]?.id ?? 0) > id) high = middle;
      else low = middle + 1;
    }
    return low;
  }

  #sweep(): void {
    this.#entries = this.#entries.filter(({ isDone }) => !isDone);
    this.#done = 0;
  }
}

const keyOf = ({ session, sequence }: { session: string; sequence: number }): string => `${session} ${sequence}`;
