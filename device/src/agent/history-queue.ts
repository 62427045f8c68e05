/** Beats into numbered batches that are kept until the cloud has acknowledged them. Bounded. Pure. */
import type { Beat, HistoryBatch } from "@tactus/shared";

export interface HistoryQueueOptions {
  session: string;
  /** When full, the oldest batch goes first. Default 50 000: about seven hours. */
  maxBeats?: number;
  /** Batches on their way at the same time. Default 8. */
  window?: number;
  /** A batch that is not acknowledged is sent again after this: seconds. Default 20. */
  resendAfter?: number;
}

/** Beats that wait for a link are gathered in batches of this size. */
const MAX_BATCH = 500;

interface Kept {
  batch: HistoryBatch;
  /** Monotonic seconds; undefined = not on its way. */
  sentAt: number | undefined;
  everSent: boolean;
}

/** The SQLite outbox will take this place, behind the same four methods. */
export class HistoryQueue {
  readonly #options: Required<HistoryQueueOptions>;
  readonly #kept = new Map<number, Kept>();
  #nextSequence = 0;
  #beats = 0;
  #lostBeats = 0;

  constructor(options: HistoryQueueOptions) {
    this.#options = { maxBeats: 50_000, window: 8, resendAfter: 20, ...options };
  }

  /** Beats that had to go before they were acknowledged. */
  get lostBeats(): number {
    return this.#lostBeats;
  }

  get waitingBeats(): number {
    return this.#beats;
  }

  add(beats: readonly Beat[]): void {
    if (beats.length === 0) return;
    this.#beats += beats.length;
    const newest = this.#kept.get(this.#nextSequence - 1);
    if (newest && !newest.everSent && newest.batch.beats.length + beats.length <= MAX_BATCH)
      newest.batch.beats.push(...beats);
    else this.#open(beats);
    this.#shed();
  }

  /** The batches to be sent now, oldest first; they count as sent. `now`: monotonic seconds. */
  takeDue(now: number): HistoryBatch[] {
    const { window, resendAfter } = this.#options;
    const due: HistoryBatch[] = [];
    let onTheWay = 0;
    for (const kept of this.#kept.values()) {
      if (onTheWay >= window) break;
      onTheWay++;
      if (kept.sentAt !== undefined && now - kept.sentAt < resendAfter) continue;
      kept.sentAt = now;
      kept.everSent = true;
      due.push(kept.batch);
    }
    return due;
  }

  /** The cloud has committed it. */
  acknowledge(session: string, sequence: number): void {
    const kept = this.#kept.get(sequence);
    if (session !== this.#options.session || !kept) return;
    this.#forget(sequence, kept);
  }

  /** The link broke: what was on its way may not have come. */
  linkLost(): void {
    for (const kept of this.#kept.values()) kept.sentAt = undefined;
  }

  #open(beats: readonly Beat[]): void {
    const sequence = this.#nextSequence++;
    const batch: HistoryBatch = { v: 1, session: this.#options.session, sequence, beats: [...beats] };
    this.#kept.set(sequence, { batch, sentAt: undefined, everSent: false });
  }

  #shed(): void {
    for (const [sequence, kept] of this.#kept) {
      if (this.#beats <= this.#options.maxBeats) return;
      this.#lostBeats += kept.batch.beats.length;
      this.#forget(sequence, kept);
    }
  }

  #forget(sequence: number, kept: Kept): void {
    this.#kept.delete(sequence);
    this.#beats -= kept.batch.beats.length;
  }
}
