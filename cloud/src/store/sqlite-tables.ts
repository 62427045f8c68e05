/** The store's calls on one SQLite file. Every call blocks: it lives in a worker thread. */
import type { HistoryBatch } from "@tactus/shared";
import Database from "better-sqlite3";
import { type HistoryRange, planHistory } from "./history-plan.js";
import { ledgerEntries } from "./ledger-entries.js";
import { migrateSync } from "./migrations/migrate.js";
import { rollUp } from "./rollup.js";
import { type BatchRow, statementsOf } from "./statements.js";
import type { AppendOutcome, DeviceBatch, HistoryCurve, HistoryExtent, LedgerDay, StoreCalls } from "./store.js";

const SECOND = 1_000_000;

export class SqliteTables implements StoreCalls {
  readonly #db: Database.Database;
  readonly #sql: ReturnType<typeof statementsOf>;
  readonly #append: (batches: DeviceBatch[]) => AppendOutcome[];

  /** Opens or creates the file and brings it to the present shape. */
  constructor(file: string) {
    this.#db = new Database(file);
    this.#db.pragma("journal_mode = WAL");
    this.#db.pragma("synchronous = FULL"); // an acknowledged batch is gone from the device: it must outlive a power cut
    this.#db.pragma("journal_size_limit = 67108864");
    migrateSync(this.#db);
    this.#sql = statementsOf(this.#db);
    this.#append = this.#db.transaction((batches: DeviceBatch[]) => batches.map((batch) => this.#appendOne(batch)));
  }

  append(batches: DeviceBatch[]): AppendOutcome[] {
    return this.#append(batches);
  }

  history(deviceId: string, range: HistoryRange): HistoryCurve {
    const { tierS, ...plan } = planHistory(range);
    const device = this.#sql.deviceKey.get({ deviceId })?.id ?? -1;
    const rows =
      tierS === undefined
        ? this.#sql.curveFromBeats.all({ device, ...plan })
        : this.#sql.curveFromRollup.all({
            device,
            tierS,
            fromS: plan.fromUs / SECOND,
            toS: plan.toUs / SECOND,
            bucketS: plan.bucketUs / SECOND,
          });
    const points = rows.map((row) => ({
      atUs: plan.fromUs + row.bucket * plan.bucketUs,
      beats: row.beats,
      bpm: { min: row.bpmMin, mean: row.bpmSum / row.beats, max: row.bpmMax },
      confidence: { min: row.confidenceMin, mean: row.confidenceSum / row.beats, max: row.confidenceMax },
    }));
    return { ...plan, beats: points.reduce((sum, point) => sum + point.beats, 0), points };
  }

  extent(deviceId: string): HistoryExtent {
    const device = this.#sql.deviceKey.get({ deviceId })?.id;
    const empty = { beats: 0, firstUs: 0, lastUs: 0 };
    return device === undefined ? empty : (this.#sql.extent.get({ device }) ?? empty);
  }

  ledger(deviceId: string, range: { fromDay: number; toDay: number }): LedgerDay[] {
    const device = this.#sql.deviceKey.get({ deviceId })?.id ?? -1;
    return this.#sql.ledger.all({ device, ...range });
  }

  close(): void {
    this.#db.close();
  }

  #appendOne({ deviceId, receivedAtUs, batch }: DeviceBatch): AppendOutcome {
    this.#sql.meet.run({ deviceId, seenUs: receivedAtUs });
    const device = this.#sql.deviceKey.get({ deviceId })?.id ?? -1;
    const taken = this.#sql.addBatch.run(batchRowOf(device, receivedAtUs, batch));
    if (taken.changes === 0) return "duplicate";
    this.#addBeats(device, Number(taken.lastInsertRowid), batch);
    this.#addToLedger(device, batch);
    return "stored";
  }

  #addBeats(device: number, batchKey: number, batch: HistoryBatch): void {
    batch.beats.forEach((beat, position) => {
      this.#sql.addBeat.run({ device, batch: batchKey, position, ...beat });
    });
    for (const bucket of rollUp(batch.beats)) this.#sql.addToRollup.run({ device, ...bucket });
  }

  #addToLedger(device: number, batch: HistoryBatch): void {
    for (const { produced, ...entry } of ledgerEntries(batch)) {
      this.#sql.addToLedger.run({ device, ...entry });
      const of = { device, day: entry.day, session: batch.session };
      if (produced === undefined) this.#sql.addProduced.run({ ...of, more: entry.received });
      else this.#sql.raiseProduced.run({ ...of, produced });
    }
  }
}

function batchRowOf(
  device: number,
  receivedAtUs: number,
  { session, sequence, beats, late, clock }: HistoryBatch,
): BatchRow {
  return {
    device,
    session,
    sequence,
    receivedAtUs,
    beats: beats.length,
    late: late ? 1 : 0,
    monotonicUs: clock?.monotonicUs ?? null,
    offsetUs: clock?.offsetUs ?? null,
    uncertaintyUs: clock?.uncertaintyUs ?? null,
    synchronised: clock ? (clock.synchronised ? 1 : 0) : null,
  };
}
