/** Every SQL statement of the store, prepared once. Values are given by name. */
import type { Beat } from "@tactus/shared";
import type { Database } from "better-sqlite3";
import type { LedgerEntry } from "./ledger-entries.js";
import type { BucketRow } from "./rollup.js";
import type { HistoryExtent, LedgerDay } from "./store.js";

/** A batch without its beats; null = the box did not say. */
export interface BatchRow {
  device: number;
  session: string;
  sequence: number;
  receivedAtUs: number;
  beats: number;
  late: 0 | 1;
  monotonicUs: number | null;
  offsetUs: number | null;
  uncertaintyUs: number | null;
  synchronised: 0 | 1 | null;
}

/** One bucket of a curve, counted from the start of its range. */
export type CurveRow = Omit<BucketRow, "bucketS" | "startS"> & { bucket: number };

interface Reading<Values extends object, Row> {
  get(values: Values): Row | undefined;
  all(values: Values): Row[];
}

interface Writing<Values extends object> {
  run(values: Values): { changes: number; lastInsertRowid: number | bigint };
}

const CURVE_OF_ROLLUP = `sum(beats) beats, min(bpm_min) bpmMin, sum(bpm_sum) bpmSum, max(bpm_max) bpmMax,
  min(confidence_min) confidenceMin, sum(confidence_sum) confidenceSum, max(confidence_max) confidenceMax`;
const CURVE_OF_BEATS = `count(*) beats, min(bpm) bpmMin, sum(bpm) bpmSum, max(bpm) bpmMax,
  min(confidence) confidenceMin, sum(confidence) confidenceSum, max(confidence) confidenceMax`;

export const statementsOf = (db: Database) => ({
  ...deviceStatements(db),
  ...batchStatements(db),
  ...curveStatements(db),
  ...ledgerStatements(db),
});

const read = <Values extends object, Row>(db: Database, sql: string) => db.prepare(sql) as Reading<Values, Row>;
const write = <Values extends object>(db: Database, sql: string) => db.prepare(sql) as Writing<Values>;

function deviceStatements(db: Database) {
  return {
    deviceKey: read<{ deviceId: string }, { id: number }>(db, "SELECT id FROM devices WHERE slug = @deviceId"),
    meet: write<{ deviceId: string; seenUs: number }>(
      db,
      `INSERT INTO devices (slug, first_seen_us, last_seen_us) VALUES (@deviceId, @seenUs, @seenUs)
       ON CONFLICT DO NOTHING`,
    ),
  };
}

function batchStatements(db: Database) {
  return {
    addBatch: write<BatchRow>(
      db,
      `INSERT INTO batches (device, session, sequence, received_us, beats, late, monotonic_us, clock_offset_us,
         clock_uncertainty_us, synchronised)
       VALUES (@device, @session, @sequence, @receivedAtUs, @beats, @late, @monotonicUs, @offsetUs, @uncertaintyUs,
         @synchronised) ON CONFLICT DO NOTHING`,
    ),
    addBeat: write<Beat & { device: number; batch: number; position: number }>(
      db,
      `INSERT INTO beats VALUES (@device, @atUs, @batch, @position, @beatId, @beatInBar, @beatsPerBar, @bar, @bpm,
         @confidence, @source)`,
    ),
    addToRollup: write<BucketRow & { device: number }>(
      db,
      `INSERT INTO tempo_rollup VALUES (@device, @bucketS, @startS, @beats, @bpmMin, @bpmSum, @bpmMax,
         @confidenceMin, @confidenceSum, @confidenceMax)
       ON CONFLICT DO UPDATE SET beats = beats + @beats,
         bpm_min = min(bpm_min, @bpmMin), bpm_sum = bpm_sum + @bpmSum, bpm_max = max(bpm_max, @bpmMax),
         confidence_min = min(confidence_min, @confidenceMin), confidence_sum = confidence_sum + @confidenceSum,
         confidence_max = max(confidence_max, @confidenceMax)`,
    ),
  };
}

function curveStatements(db: Database) {
  return {
    curveFromBeats: read<{ device: number; fromUs: number; toUs: number; bucketUs: number }, CurveRow>(
      db,
      `SELECT CAST((at_us - @fromUs) / @bucketUs AS INTEGER) bucket, ${CURVE_OF_BEATS} FROM beats
       WHERE device = @device AND at_us >= @fromUs AND at_us < @toUs GROUP BY bucket ORDER BY bucket`,
    ),
    curveFromRollup: read<{ device: number; tierS: number; fromS: number; toS: number; bucketS: number }, CurveRow>(
      db,
      `SELECT CAST((start_s - @fromS) / @bucketS AS INTEGER) bucket, ${CURVE_OF_ROLLUP} FROM tempo_rollup
       WHERE device = @device AND bucket_s = @tierS AND start_s >= @fromS AND start_s < @toS
       GROUP BY bucket ORDER BY bucket`,
    ),
    extent: read<{ device: number }, HistoryExtent>(
      db,
      `SELECT (SELECT coalesce(sum(beats), 0) FROM tempo_rollup WHERE device = @device AND bucket_s = 3600) beats,
         (SELECT coalesce(min(at_us), 0) FROM beats WHERE device = @device) firstUs,
         (SELECT coalesce(max(at_us), 0) FROM beats WHERE device = @device) lastUs`,
    ),
  };
}

function ledgerStatements(db: Database) {
  return {
    addToLedger: write<Omit<LedgerEntry, "produced"> & { device: number }>(
      db,
      `INSERT INTO ledger VALUES (@device, @day, @received, @recovered, @lost, @unaccounted)
       ON CONFLICT DO UPDATE SET received = received + @received, recovered = recovered + @recovered,
         lost = lost + @lost, unaccounted = unaccounted + @unaccounted`,
    ),
    addProduced: write<{ device: number; day: number; session: string; more: number }>(
      db,
      `INSERT INTO ledger_sessions VALUES (@device, @day, @session, @more)
       ON CONFLICT DO UPDATE SET produced = produced + @more`,
    ),
    raiseProduced: write<{ device: number; day: number; session: string; produced: number }>(
      db,
      `INSERT INTO ledger_sessions VALUES (@device, @day, @session, @produced)
       ON CONFLICT DO UPDATE SET produced = max(produced, @produced)`,
    ),
    ledger: read<{ device: number; fromDay: number; toDay: number }, LedgerDay>(
      db,
      `SELECT day, received, recovered, lost, unaccounted,
         (SELECT sum(produced) FROM ledger_sessions s WHERE s.device = l.device AND s.day = l.day) produced
       FROM ledger l WHERE device = @device AND day BETWEEN @fromDay AND @toDay ORDER BY day DESC`,
    ),
  };
}
