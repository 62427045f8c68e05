/**
 * The tables of history.db, whatever becomes of the file: one that is damaged is put aside, a new one begun at once, and what
 * can still be read is brought over while new batches come in. Every call blocks.
 */
import { UnavailableError } from "@tactus/shared";
import type { Database } from "better-sqlite3";
import { moveCloudDbSync } from "./cloud-db-move.js";
import { checkSync, openHistorySync } from "./history-file.js";
import type { HistoryRange } from "./history-plan.js";
import { HistoryTables } from "./history-tables.js";
import type { HousekeepingOptions } from "./housekeeping.js";
import { newestQuarantined, quarantineSync, Salvage } from "./salvage.js";
import { isDamage } from "./sqlite-errors.js";
import type { BeatQuery, StoreState } from "./store.js";
import type { PackedBatch } from "./tail.js";

export interface KeptHistoryOptions extends HousekeepingOptions {
  file: string;
  /** cloud.db of an earlier Tactus, when there is one. */
  moveFrom?: string;
}

/** For how long one step of a salvage may hold up batches. */
const STEP_MS = 40;

export class KeptHistory {
  readonly #options: KeptHistoryOptions;
  readonly #notes: string[] = [];
  #db: Database;
  #tables: HistoryTables;
  #salvage: Salvage | undefined;
  #damages = 0;
  #lost: string | undefined;

  constructor(options: KeptHistoryOptions) {
    this.#options = options;
    [this.#db, this.#tables] = this.#open();
    if (options.moveFrom !== undefined) this.#move(options.moveFrom);
    if (Salvage.isPending(this.#db)) this.#resume();
  }

  /** What happened while it was opened, in words. */
  notes(): string[] {
    return this.#notes;
  }

  append(batches: PackedBatch[]) {
    return this.#guard(() => this.#tables.append(batches));
  }

  history(deviceId: string, range: HistoryRange) {
    return this.#guard(() => this.#tables.history(deviceId, range));
  }

  beats(deviceId: string, query: BeatQuery) {
    return this.#guard(() => this.#tables.beats(deviceId, query));
  }

  extent(deviceId: string) {
    return this.#guard(() => this.#tables.extent(deviceId));
  }

  ledger(deviceId: string, range: { fromDay: number; toDay: number }) {
    return this.#guard(() => this.#tables.ledger(deviceId, range));
  }

  state(): StoreState {
    const { problems, counts, gauges } = this.#guard(() => this.#tables.state());
    return {
      problems: [...problems, ...(this.#lost === undefined ? [] : [this.#lost])],
      counts: { ...counts, damages: this.#damages, salvagedBeats: this.#salvage?.beats ?? 0 },
      gauges: { ...gauges, unreadableRows: this.#salvage?.unreadable ?? 0 },
    };
  }

  tend(nowUs: number): void {
    try {
      this.#guard(() => {
        this.#tables.tend(nowUs);
        this.#goOnSalvaging();
      });
    } catch {
      // It is in the state.
    }
  }

  close(): void {
    this.#salvage?.close();
    this.#tables.close();
  }

  #open(): [Database, HistoryTables] {
    let db: Database | undefined;
    try {
      db = openHistorySync(this.#options.file);
      checkSync(db);
      return [db, new HistoryTables(db, this.#options)];
    } catch (error) {
      db?.close();
      if (!isDamage(error)) throw error;
      return this.#beginAnew(error as Error);
    }
  }

  #beginAnew(error: Error): [Database, HistoryTables] {
    const { file } = this.#options;
    const kept = quarantineSync(file, Date.now());
    this.#damages++;
    this.#lost = `${file} was damaged (${error.message}) and is kept as ${kept}; what it still holds is being brought over`;
    this.#notes.push(this.#lost);
    const db = openHistorySync(file);
    this.#startSalvage(db, kept, (salvage) => salvage.begin());
    return [db, new HistoryTables(db, this.#options)];
  }

  #resume(): void {
    const from = newestQuarantined(this.#options.file);
    if (from === undefined) return;
    this.#lost = `What ${from} still holds is being brought over`;
    this.#startSalvage(this.#db, from, () => {});
  }

  #startSalvage(db: Database, from: string, begin: (salvage: Salvage) => void): void {
    this.#salvage?.close();
    this.#salvage = undefined;
    try {
      this.#salvage = new Salvage({ db, from });
      begin(this.#salvage);
    } catch (error) {
      this.#lost = `Nothing of ${from} can be read: ${(error as Error).message}. It is kept; beats stored before are lost here`;
      this.#notes.push(this.#lost);
    }
  }

  #goOnSalvaging(): void {
    const salvage = this.#salvage;
    if (!salvage) return;
    const until = performance.now() + STEP_MS;
    while (performance.now() < until) {
      if (salvage.step()) continue;
      const { chunks, beats, unreadable } = salvage;
      salvage.close();
      this.#lost =
        unreadable === 0 ? undefined : `Of a damaged history.db ${beats} beats were saved, ${unreadable} rows are lost`;
      this.#notes.push(
        `Salvage is over: ${beats} beats in ${chunks} minutes were saved, ${unreadable} rows could not be read`,
      );
      this.#salvage = undefined;
      return;
    }
  }

  #move(from: string): void {
    const said = moveCloudDbSync(from, { db: this.#db, tables: this.#tables });
    if (said !== undefined) this.#notes.push(said);
  }

  #guard<Result>(work: () => Result): Result {
    try {
      return work();
    } catch (error) {
      const damage = isDamage(error) ? error : isDamage((error as Error).cause) ? (error as Error).cause : undefined;
      if (damage === undefined) throw error;
      this.#tables.close();
      [this.#db, this.#tables] = this.#beginAnew(damage as Error);
      throw new UnavailableError(`history.db is damaged; a new one is begun: try again`, { cause: error });
    }
  }
}
