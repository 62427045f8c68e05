/**
 * Single batches into group commits: while one transaction runs, the next one collects. Batches made just now go before late ones,
 * and no device has more than its share of a group.
 */
import { UnavailableError } from "@tactus/shared";
import { FairQueue } from "./fair-queue.js";
import type { AppendOutcome, DeviceBatch, HistoryStore } from "./store.js";

interface Pending {
  batch: DeviceBatch;
  resolve(outcome: AppendOutcome): void;
  reject(error: Error): void;
}

export interface BatchWriterOptions {
  store: Pick<HistoryStore, "append">;
  /** More than this many batches waiting are refused: the device keeps them and sends them again. Default 16 384. */
  maxPending?: number;
  /** Batches in one transaction at most: a fleet's, four seconds of one room each, or few when rooms catch up. Default 512. */
  maxGroup?: number;
  /** Beats in one transaction at most, but for a single batch: what a reader waits for. Default 8192. */
  maxGroupBeats?: number;
}

/** Late batches are refused when the queue is this full, [0, 1]. */
const LATE_SHARE = 0.75;
/** One in so many of a group may be late although live ones wait. */
const LATE_IN_GROUP = 8;
/** A box has eight on the way; one that sends more without waiting holds up nobody else. */
const MAX_OF_DEVICE = 1024;

export class BatchWriter {
  readonly #store: Pick<HistoryStore, "append">;
  readonly #maxPending: number;
  readonly #maxGroup: number;
  readonly #maxGroupBeats: number;
  readonly #live = new FairQueue<Pending>();
  readonly #late = new FairQueue<Pending>();
  #running: Promise<void> | undefined;

  constructor({ store, maxPending = 16_384, maxGroup = 512, maxGroupBeats = 8192 }: BatchWriterOptions) {
    this.#store = store;
    this.#maxPending = maxPending;
    this.#maxGroup = maxGroup;
    this.#maxGroupBeats = maxGroupBeats;
  }

  /** Resolves when the batch is on disk. Throws UnavailableError when too much is waiting already. */
  write(batch: DeviceBatch): Promise<AppendOutcome> {
    const { deviceId } = batch;
    const isLate = batch.batch.late === true;
    // What was made just now finds room when an outage of many rooms comes in.
    const room = isLate ? this.#maxPending * LATE_SHARE : this.#maxPending;
    if (this.waiting >= room) {
      return Promise.reject(new UnavailableError(`${this.waiting} history batches are waiting already`));
    }
    const queue = isLate ? this.#late : this.#live;
    if (queue.lengthOf(deviceId) >= MAX_OF_DEVICE) {
      return Promise.reject(new UnavailableError(`${MAX_OF_DEVICE} batches of ${deviceId} are waiting already`));
    }
    return new Promise((resolve, reject) => {
      queue.push(deviceId, { batch, resolve, reject });
      this.#running ??= this.#run();
    });
  }

  /** How much of what may wait is waiting, [0, 1]. */
  get fill(): number {
    return this.waiting / this.#maxPending;
  }

  /** Batches that wait. */
  get waiting(): number {
    return this.#live.length + this.#late.length;
  }

  /** Resolves when everything taken so far has been written or refused. */
  async drained(): Promise<void> {
    await this.#running;
  }

  async #run(): Promise<void> {
    while (this.waiting > 0) {
      const group = this.#nextGroup();
      try {
        const outcomes = await this.#store.append(group.map(({ batch }) => batch));
        group.forEach(({ resolve }, index) => {
          resolve(outcomes[index] ?? "stored");
        });
      } catch (error) {
        for (const { reject } of group) reject(error as Error);
      }
    }
    this.#running = undefined;
  }

  /** Those made just now first; of late ones a few in each group all the same, so that an outage ends. */
  #nextGroup(): Pending[] {
    const group: Pending[] = [];
    let beats = 0;
    const fill = (queue: FairQueue<Pending>, size: number) => {
      while (group.length < size && beats < this.#maxGroupBeats) {
        const pending = queue.take();
        if (!pending) return;
        group.push(pending);
        beats += pending.batch.batch.beats.length;
      }
    };
    fill(this.#late, Math.ceil(this.#maxGroup / LATE_IN_GROUP));
    const late = group.splice(0);
    beats = 0;
    fill(this.#live, this.#maxGroup - late.length);
    group.push(...late);
    fill(this.#late, this.#maxGroup);
    return group;
  }
}
