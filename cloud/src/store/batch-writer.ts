/** Single batches into group commits: while one transaction runs, the next one collects. */
import { UnavailableError } from "@tactus/shared";
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

export class BatchWriter {
  readonly #store: Pick<HistoryStore, "append">;
  readonly #maxPending: number;
  readonly #maxGroup: number;
  readonly #maxGroupBeats: number;
  #pending: Pending[] = [];
  #running: Promise<void> | undefined;

  constructor({ store, maxPending = 16_384, maxGroup = 512, maxGroupBeats = 8192 }: BatchWriterOptions) {
    this.#store = store;
    this.#maxPending = maxPending;
    this.#maxGroup = maxGroup;
    this.#maxGroupBeats = maxGroupBeats;
  }

  /** Resolves when the batch is on disk. Throws UnavailableError when too much is waiting already. */
  write(batch: DeviceBatch): Promise<AppendOutcome> {
    if (this.#pending.length >= this.#maxPending) {
      return Promise.reject(new UnavailableError(`${this.#pending.length} history batches are waiting already`));
    }
    return new Promise((resolve, reject) => {
      this.#pending.push({ batch, resolve, reject });
      this.#running ??= this.#run();
    });
  }

  /** How much of what may wait is waiting, [0, 1]. */
  get fill(): number {
    return this.#pending.length / this.#maxPending;
  }

  /** Batches that wait. */
  get waiting(): number {
    return this.#pending.length;
  }

  /** Resolves when everything taken so far has been written or refused. */
  async drained(): Promise<void> {
    await this.#running;
  }

  async #run(): Promise<void> {
    while (this.#pending.length > 0) {
      const group = this.#pending.splice(0, this.#groupSize());
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

  #groupSize(): number {
    let beats = 0;
    let size = 0;
    for (const { batch } of this.#pending) {
      beats += batch.batch.beats.length;
      if (size > 0 && (size >= this.#maxGroup || beats > this.#maxGroupBeats)) break;
      size++;
    }
    return size;
  }
}
