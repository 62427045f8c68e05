/** history.db, opened or made, in the present shape. */
import Database from "better-sqlite3";
import { BUSY_TIMEOUT_MS } from "./housekeeping.js";
import { HISTORY_MIGRATIONS } from "./migrations/history-0001.js";
import { migrateSync } from "./migrations/migrate.js";

/** Throws what SQLite says, and InputError for a file that a newer Tactus has written. */
export function openHistorySync(file: string): Database.Database {
  const db = new Database(file);
  try {
    db.pragma(`busy_timeout = ${BUSY_TIMEOUT_MS}`);
    db.pragma("auto_vacuum = INCREMENTAL"); // counts only before the first table is made
    db.pragma("journal_mode = WAL");
    db.pragma("synchronous = FULL"); // an acknowledged batch is gone from the device: it must outlive a power cut
    db.pragma("wal_autocheckpoint = 4000");
    db.pragma("journal_size_limit = 16777216");
    db.pragma("cache_size = -65536");
    migrateSync(db, HISTORY_MIGRATIONS);
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
}

/** A file of this size is read whole when it is opened: bytes. A larger one is found out when a damaged page is met. */
const CHECKED_WHOLE = 128 * 1024 * 1024;

/** Throws SQLITE_CORRUPT for a file that is damaged, as far as can be told in a second. */
export function checkSync(db: Database.Database): void {
  const pages = db.pragma("page_count", { simple: true }) as number;
  if (pages * (db.pragma("page_size", { simple: true }) as number) > CHECKED_WHOLE) return;
  const said = db.pragma("quick_check(1)", { simple: true }) as string;
  if (said !== "ok") throw new Database.SqliteError(said, "SQLITE_CORRUPT");
}
