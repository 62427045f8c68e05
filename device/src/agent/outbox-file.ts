/** The outbox's SQLite file: opened, or put aside when it is damaged and begun anew with what could still be read. */
import { renameSync, rmSync } from "node:fs";
import { decodeHistory, encodeHistory, type HistoryBatch } from "@tactus/shared";
import Database from "better-sqlite3";
import type { Logger } from "pino";
import { type BeatNumber, beatNumberOf } from "../beat-mark.js";

export interface OutboxRow {
  id: number;
  session: string;
  sequence: number;
  beats: number;
  /** As encodeHistory packs it. */
  payload: Uint8Array;
}

/** What a batch says of itself, kept apart from its beats: where those cannot be read any more, their number still can. */
export interface BatchName {
  id: number;
  session: string;
  sequence: number;
  beats: number;
  day: number;
  produced: number;
  lost: number;
  unaccounted: number;
}

export function nameOf(id: number, { session, sequence, beats, ledger }: HistoryBatch): BatchName | undefined {
  return ledger && { id, session, sequence, beats: beats.length, ...ledger };
}

export const PUT_NAME = `INSERT OR REPLACE INTO names
  VALUES (@id, @session, @sequence, @beats, @day, @produced, @lost, @unaccounted)`;

const SHAPE = 1;
const BATCH_COLUMNS = `
    id INTEGER PRIMARY KEY,
    session TEXT NOT NULL,
    sequence INTEGER NOT NULL,
    beats INTEGER NOT NULL,
    payload BLOB NOT NULL,
    UNIQUE (session, sequence)`;
/** Batches whose beats had to go lie apart, close together: the pages of the others become free. */
const SCHEMA = `
  CREATE TABLE IF NOT EXISTS batches (${BATCH_COLUMNS}) STRICT;
  CREATE TABLE IF NOT EXISTS emptied (${BATCH_COLUMNS}) STRICT;
  CREATE TABLE IF NOT EXISTS names (
    id INTEGER PRIMARY KEY,
    session TEXT NOT NULL,
    sequence INTEGER NOT NULL,
    beats INTEGER NOT NULL,
    day INTEGER NOT NULL,
    produced INTEGER NOT NULL,
    lost INTEGER NOT NULL,
    unaccounted INTEGER NOT NULL,
    UNIQUE (session, sequence)
  ) STRICT;
  CREATE VIEW IF NOT EXISTS waiting AS SELECT * FROM batches UNION ALL SELECT * FROM emptied;
  CREATE TABLE IF NOT EXISTS counted (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    number INTEGER NOT NULL
  ) STRICT;
`;
/** Before it was kept for each session of hearing there was one row of the newest session. */
const ONE_SETTLED = "SELECT name, number FROM settled";
/** Far more than the sessions whose marks may still be there. */
const MAX_SESSIONS = 1024;
const DAMAGED = ["SQLITE_CORRUPT", "SQLITE_NOTADB"];

export const isDamage = (error: unknown): boolean =>
  DAMAGED.some((code) => String((error as { code?: unknown }).code).startsWith(code));

/** Never throws: where no file can be opened the outbox is kept in memory, and that is told. */
export function openOutboxFileSync(file: string, log: Logger): Database.Database {
  try {
    return openSoundSync(file);
  } catch (error) {
    if (isDamage(error)) return beginAnewSync(file, log, error as Error);
    return inMemory(file, log, error as Error);
  }
}

/** Puts the file aside and begins a new one. */
export function beginAnewSync(file: string, log: Logger, cause: Error): Database.Database {
  const { rows, names, settled } = salvageSync(file);
  const saved = new Set(rows.map(({ id }) => id));
  const gone = names.filter(({ id }) => !saved.has(id));
  const writtenOffBeats = gone.reduce((sum, { beats }) => sum + beats, 0);
  log.error(
    { file, reason: cause.message, salvagedBatches: rows.length, writtenOffBeats },
    "The outbox is damaged: put aside as outbox.damaged.db, and begun anew",
  );
  try {
    for (const end of ["", "-wal", "-shm"]) putAsideSync(file, end);
    const db = openSoundSync(file);
    const insert = db.prepare("INSERT OR IGNORE INTO batches VALUES (@id, @session, @sequence, @beats, @payload)");
    const writeOff = db.prepare("INSERT OR IGNORE INTO emptied VALUES (@id, @session, @sequence, 0, @payload)");
    const putName = db.prepare(PUT_NAME);
    db.transaction(() => {
      for (const row of rows) {
        insert.run(row);
        const name = nameOf(row.id, decodeHistory(row.payload));
        if (name) putName.run(name);
      }
      for (const name of gone) writeOff.run(writtenOff(name));
      keepSettled(db, settled);
    })();
    return db;
  } catch (error) {
    return inMemory(file, log, error as Error);
  }
}

/** Of each session of hearing the last beat that is settled, the session that was heard last at the end. */
export function settledIn(db: Database.Database): BeatNumber[] {
  return db.prepare("SELECT name, number FROM counted ORDER BY id").all() as BeatNumber[];
}

/** To be called in a transaction. */
export function keepSettled(db: Database.Database, settled: readonly BeatNumber[]): void {
  if (settled.length === 0) return;
  const put = db.prepare(`INSERT OR REPLACE INTO counted (id, name, number)
    VALUES ((SELECT ifnull(max(id), 0) + 1 FROM counted), @name, @number)`);
  for (const { name, number } of settled) put.run({ name, number });
  db.prepare("DELETE FROM counted WHERE id <= (SELECT max(id) FROM counted) - ?").run(MAX_SESSIONS);
}

/** Throws SqliteError when it cannot be opened, written or trusted. */
function openSoundSync(file: string): Database.Database {
  const db = new Database(file);
  try {
    db.pragma("journal_mode = WAL");
    db.pragma("synchronous = FULL"); // a second is what a power cut may take, not more
    db.pragma("wal_autocheckpoint = 256");
    db.pragma("journal_size_limit = 1048576");
    const verdict = db.pragma("quick_check(1)", { simple: true });
    if (verdict !== "ok") throw new Database.SqliteError(String(verdict), "SQLITE_CORRUPT");
    db.exec(SCHEMA);
    moveSettled(db);
    db.pragma(`user_version = ${SHAPE}`);
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
}

function moveSettled(db: Database.Database): void {
  if (!db.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'settled'").get()) return;
  db.transaction(() => {
    keepSettled(db, db.prepare(ONE_SETTLED).all() as BeatNumber[]);
    db.exec("DROP TABLE settled");
  })();
}

/** What the batches themselves show to be settled, for where it cannot be read any more. */
function newestOf(rows: readonly OutboxRow[]): BeatNumber[] {
  const newest = new Map<string, BeatNumber>();
  for (const { payload } of rows) {
    for (const { beatId } of decodeHistory(payload).beats) {
      const beat = beatNumberOf(beatId);
      if (beat && beat.number > (newest.get(beat.name)?.number ?? -1)) newest.set(beat.name, beat);
    }
  }
  return [...newest.values()];
}

/** Every batch that can still be read and is whole, and what is known of all of them. */
function salvageSync(file: string): { rows: OutboxRow[]; names: BatchName[]; settled: BeatNumber[] } {
  try {
    const db = new Database(file, { readonly: true });
    try {
      const rows = readable<OutboxRow>(db, ["batches", "emptied"]).filter(({ payload }) => isWhole(payload));
      const settled = [...newestOf(rows), ...readable<BeatNumber & { id: number }>(db, ["counted"])];
      return { rows, names: readable<BatchName>(db, ["names"]), settled };
    } finally {
      db.close();
    }
  } catch {
    return { rows: [], names: [], settled: [] };
  }
}

/** From the first row to where it is damaged, and from the last one back: what lies between the two is lost. */
function readable<Row extends { id: number }>(db: Database.Database, tables: readonly string[]): Row[] {
  const found = new Map<number, Row>();
  for (const table of tables) {
    for (const order of ["ASC", "DESC"]) {
      try {
        for (const row of db.prepare(`SELECT * FROM ${table} ORDER BY id ${order}`).iterate()) {
          found.set((row as Row).id, row as Row);
        }
      } catch {
        // Here it ends: what came before is sound.
      }
    }
  }
  return [...found.values()].sort((one, other) => one.id - other.id);
}

function isWhole(payload: Uint8Array): boolean {
  try {
    decodeHistory(payload);
    return true;
  } catch {
    return false;
  }
}

/** The cloud counts them as lost; where it has them already, it knows the batch and counts nothing. */
function writtenOff({ id, session, sequence, beats, day, produced, lost, unaccounted }: BatchName): OutboxRow {
  const ledger = { day, produced, lost: lost + beats, unaccounted };
  return { id, session, sequence, beats: 0, payload: encodeHistory({ v: 1, session, sequence, beats: [], ledger }) };
}

/** At most one damaged outbox is kept. */
function putAsideSync(file: string, end: string): void {
  const aside = `${file.replace(/\.db$/, "")}.damaged.db${end}`;
  rmSync(aside, { force: true });
  try {
    renameSync(file + end, aside);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
  }
}

function inMemory(file: string, log: Logger, cause: Error): Database.Database {
  log.error({ file, reason: cause.message }, "No outbox on this disk: history is kept in memory until it is sent");
  return openSoundSync(":memory:");
}
