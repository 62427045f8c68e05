/** The outbox's SQLite file: opened, or put aside when it is damaged and begun anew with what could still be read. */
import { renameSync, rmSync } from "node:fs";
import { decodeHistory } from "@tactus/shared";
import Database from "better-sqlite3";
import type { Logger } from "pino";

export interface OutboxRow {
  id: number;
  session: string;
  sequence: number;
  beats: number;
  /** As encodeHistory packs it. */
  payload: Uint8Array;
}

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
  CREATE VIEW IF NOT EXISTS waiting AS SELECT * FROM batches UNION ALL SELECT * FROM emptied;
  CREATE TABLE IF NOT EXISTS settled (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    name TEXT NOT NULL,
    number INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
`;
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
  const rows = salvageSync(file);
  log.error(
    { file, reason: cause.message, salvagedBatches: rows.length },
    "The outbox is damaged: put aside as outbox.damaged.db, and begun anew",
  );
  try {
    for (const end of ["", "-wal", "-shm"]) putAsideSync(file, end);
    const db = openSoundSync(file);
    const insert = db.prepare("INSERT OR IGNORE INTO batches VALUES (@id, @session, @sequence, @beats, @payload)");
    db.transaction(() => rows.forEach((row) => void insert.run(row)))();
    return db;
  } catch (error) {
    return inMemory(file, log, error as Error);
  }
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
    db.pragma(`user_version = ${SHAPE}`);
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
}

/** Every batch that can still be read, and is whole. */
function salvageSync(file: string): OutboxRow[] {
  const rows: OutboxRow[] = [];
  try {
    const db = new Database(file, { readonly: true });
    try {
      for (const row of db.prepare("SELECT * FROM waiting ORDER BY id").iterate()) {
        decodeHistory((row as OutboxRow).payload);
        rows.push(row as OutboxRow);
      }
    } finally {
      db.close();
    }
  } catch {
    // Here it ends: what came before is sound.
  }
  return rows;
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
