/** Which batches go to the cloud now: new ones at once, those of an outage beside them at the rate that was granted. Pure. */
import { markLate } from "@tactus/shared";
import type { ReadRange, StoredBatch } from "./outbox.js";

export interface HistoryLanesOptions {
  /** Sealed batches, the oldest first. */
  read(range: ReadRange): StoredBatch[];
  /** Batches of each lane on their way at the same time. Default 8. */
  window?: number;
  /** A batch that is not acknowledged is sent again after this: seconds. Default 20. */
  resendAfter?: number;
}

interface OnTheWay {
  id: number;
  sentAt: number;
}

/** Granted before the cloud has said anything: batches per second. */
const FIRST_RATE_PER_S = 5;

interface Lane {
  /** The last one that was sent. */
  cursor: number;
  readonly onTheWay: Map<string, OnTheWay>;
}

export class HistoryLanes {
  readonly #options: Required<HistoryLanesOptions>;
  #live: Lane = laneFrom(0);
  #backfill: Lane = laneFrom(0);
  /** Batches with an earlier id were made before the link was up. */
  #liveFrom = 0;
  #ratePerS = FIRST_RATE_PER_S;
  #allowance = 1;
  #allowedAt = 0;

  constructor(options: HistoryLanesOptions) {
    this.#options = { window: 8, resendAfter: 20, ...options };
  }

  /** `nextId`: the first batch that is made with this link. `now`: monotonic seconds. */
  linkUp(nextId: number, now: number): void {
    this.#liveFrom = nextId;
    this.#live = laneFrom(nextId - 1);
    this.#backfill = laneFrom(0);
    this.#allowance = 1;
    this.#allowedAt = now;
  }

  grant(ratePerS: number): void {
    this.#ratePerS = ratePerS;
  }

  acknowledged(batch: { session: string; sequence: number }): void {
    const key = keyOf(batch);
    this.#live.onTheWay.delete(key);
    this.#backfill.onTheWay.delete(key);
  }

  /** It was refused and is another one now: it goes again with the next call. */
  changed(batch: { session: string; sequence: number }): void {
    for (const { onTheWay } of [this.#live, this.#backfill]) {
      const sent = onTheWay.get(keyOf(batch));
      if (sent) sent.sentAt = Number.NEGATIVE_INFINITY;
    }
  }

  /** Packed batches to be sent now, in this order; they count as sent. */
  takeDue(now: number): Uint8Array[] {
    this.#allowance = Math.min(Math.max(1, this.#ratePerS), this.#allowance + (now - this.#allowedAt) * this.#ratePerS);
    this.#allowedAt = now;
    const live = [...this.#again(this.#live, now), ...this.#fresh(this.#live, now, this.#options.window)];
    const room = Math.min(this.#options.window, this.#backfill.onTheWay.size + Math.floor(this.#allowance));
    const again = this.#again(this.#backfill, now);
    const late = this.#fresh(this.#backfill, now, room);
    this.#allowance -= late.length;
    return [...live, ...again, ...late.map(markLate)];
  }

  #fresh(lane: Lane, now: number, room: number): Uint8Array[] {
    const limit = room - lane.onTheWay.size;
    if (limit <= 0) return [];
    const before = lane === this.#live ? Number.MAX_SAFE_INTEGER : this.#liveFrom;
    const batches = this.#options.read({ after: lane.cursor, before, limit });
    for (const batch of batches) {
      lane.onTheWay.set(keyOf(batch), { id: batch.id, sentAt: now });
      lane.cursor = batch.id;
    }
    return batches.map(({ payload }) => payload);
  }

  #again(lane: Lane, now: number): Uint8Array[] {
    const late: Uint8Array[] = [];
    for (const [key, sent] of lane.onTheWay) {
      if (now - sent.sentAt < this.#options.resendAfter) continue;
      const [batch] = this.#options.read({ after: sent.id - 1, before: sent.id + 1, limit: 1 });
      sent.sentAt = now;
      if (batch) late.push(markLate(batch.payload));
      else lane.onTheWay.delete(key);
    }
    return late;
  }
}

const laneFrom = (cursor: number): Lane => ({ cursor, onTheWay: new Map() });
const keyOf = ({ session, sequence }: { session: string; sequence: number }): string => `${session} ${sequence}`;
