/**
 * What a store that keeps only beats cannot know: which batches are there, the eras of each session's clock, the ledger. In a small
 * SQLite file of the same shape as history.db. Every call blocks: it lives in a worker thread.
 */
import type { HistoryBatch } from "@tactus/shared";
import type { Database } from "better-sqlite3";
import { clockWordOf, type Era, placeBatch } from "./dating.js";
import { LedgerChange, LedgerTables } from "./ledger-tables.js";
import { type Session, SessionBook } from "./session-book.js";
import type { DeviceBatch, LedgerDay } from "./store.js";

/** Where the beats of a batch go. */
export interface BatchPlan {
  isDuplicate: boolean;
  /** Undefined: it has no beats. */
  era: Era | undefined;
  /** Of this session the beats with provisional dates are to be moved, each by its era's shift. */
  settled: Era[];
}

export class HistoryBooks {
  readonly #db: Database;
  readonly #book: SessionBook;
  readonly #ledger: LedgerTables;

  constructor(db: Database) {
    this.#db = db;
    this.#book = new SessionBook(db);
    this.#ledger = new LedgerTables(db);
    this.#book.recall();
  }

  /** What committing these would mean; nothing is changed. */
  plan(batches: readonly DeviceBatch[]): BatchPlan[] {
    const eras = new Map<string, Era[]>();
    const taken = new Set<string>();
    const plans = batches.map(({ deviceId, batch }) => {
      const name = `${deviceId} ${batch.session}`;
      const number = `${name} ${batch.sequence}`;
      const session = this.#known(deviceId, batch.session);
      const isDuplicate = taken.has(number) || (session?.seen.has(batch.sequence) ?? false);
      taken.add(number);
      const known = eras.get(name) ?? structuredClone(session?.eras ?? []);
      eras.set(name, known);
      if (isDuplicate || batch.beats.length === 0) return { isDuplicate, era: undefined, settled: [] };
      const { era, settled } = placeBatch(known, clockWordOf(batch));
      return { isDuplicate, era, settled };
    });
    return structuredClone(plans);
  }

  /** Their beats are stored. */
  commit(batches: readonly DeviceBatch[]): void {
    try {
      this.#db.transaction(() => {
        for (const { deviceId, receivedAtUs, batch } of batches) this.#commitOne({ deviceId, receivedAtUs, batch });
      })();
    } catch (error) {
      this.#book.recall();
      throw error;
    }
  }

  /** Beats of a device, each counted once. */
  beats(deviceId: string): number {
    return this.ledger(deviceId, { fromDay: 0, toDay: 1_000_000 }).reduce((sum, { received }) => sum + received, 0);
  }

  ledger(deviceId: string, range: { fromDay: number; toDay: number }): LedgerDay[] {
    const device = this.#book.device(deviceId);
    return device ? this.#ledger.read(device.id, range, new LedgerChange()) : [];
  }

  #commitOne({ deviceId, receivedAtUs, batch }: DeviceBatch): void {
    const device = this.#book.meet(deviceId);
    const session = this.#book.session(device, batch.session, receivedAtUs);
    if (session.seen.has(batch.sequence)) return;
    session.seen.add(batch.sequence);
    this.#book.writeSeen(session, [batch.sequence]);
    const change = new LedgerChange();
    change.add(session.id, batch);
    this.#ledger.add(device.id, change);
    this.#date(session, batch);
  }

  #date(session: Session, batch: HistoryBatch): void {
    if (batch.beats.length === 0) return;
    const { era, isNew, settled } = placeBatch(session.eras, clockWordOf(batch));
    for (const one of isNew ? [era, ...settled] : settled) this.#book.writeEra(session, one);
  }

  #known(deviceId: string, name: string): Session | undefined {
    const device = this.#book.device(deviceId);
    return device && this.#book.find(device, name);
  }
}
