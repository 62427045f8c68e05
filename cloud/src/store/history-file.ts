/** history.db, opened or made, in the present shape. */
import Database from "better-sqlite3";
import { HISTORY_MIGRATIONS } from "./migrations/history-0001.js";
import { migrateSync } from "./migrations/migrate.js";

/** Throws what SQLite says, and InputError for a file that a newer Tactus has written. */
export function openHistorySync(file: string): Database.Database {
  const db = new Database(file);
  try {
    db.pragma("busy_timeout = 2000");
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
