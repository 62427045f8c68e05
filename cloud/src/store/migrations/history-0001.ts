import type { Migration } from "./migration.js";

/**
 * `tail` holds batches as they came until their minute is over; folding moves their beats into `chunks` and what they add up to
 * into `rollups`, the ledger and `seen`, device by device, each device in one step. A chunk is a minute of a session's monotonic
 * clock; `from_us` is the date of its first beat, and all that changes when a clock is put right. `rollups.session` is 0, or the
 * session while its dates are provisional.
 */
export const historyTables: Migration = {
  version: 1,
  name: "history",
  sql: `
    CREATE TABLE devices (id INTEGER PRIMARY KEY, slug TEXT NOT NULL UNIQUE) STRICT;

    CREATE TABLE sessions (
      id INTEGER PRIMARY KEY,
      device INTEGER NOT NULL,
      name TEXT NOT NULL,
      noted_us INTEGER NOT NULL,
      UNIQUE (device, name)
    ) STRICT;

    CREATE TABLE eras (
      session INTEGER NOT NULL,
      era INTEGER NOT NULL,
      box_offset_us INTEGER NOT NULL,
      shift_us INTEGER NOT NULL,
      uncertainty_us INTEGER NOT NULL,
      is_known INTEGER NOT NULL,
      PRIMARY KEY (session, era)
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE seen (
      session INTEGER NOT NULL,
      first INTEGER NOT NULL,
      last INTEGER NOT NULL,
      PRIMARY KEY (session, first)
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE tail (
      id INTEGER PRIMARY KEY,
      device INTEGER NOT NULL,
      received_us INTEGER NOT NULL,
      counted INTEGER NOT NULL,
      payload BLOB NOT NULL
    ) STRICT;

    CREATE TABLE chunks (
      id INTEGER PRIMARY KEY,
      device INTEGER NOT NULL,
      session INTEGER NOT NULL,
      minute INTEGER NOT NULL,
      era INTEGER NOT NULL,
      from_us INTEGER NOT NULL,
      data BLOB NOT NULL,
      UNIQUE (session, minute, era)
    ) STRICT;
    CREATE INDEX chunks_by_time ON chunks (device, from_us);

    CREATE TABLE rollups (
      device INTEGER NOT NULL,
      tier INTEGER NOT NULL,
      block INTEGER NOT NULL,
      session INTEGER NOT NULL,
      data BLOB NOT NULL,
      PRIMARY KEY (device, tier, block, session)
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE ledger (
      device INTEGER NOT NULL,
      day INTEGER NOT NULL,
      received INTEGER NOT NULL,
      recovered INTEGER NOT NULL,
      lost INTEGER NOT NULL,
      unaccounted INTEGER NOT NULL,
      PRIMARY KEY (device, day)
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE ledger_sessions (
      device INTEGER NOT NULL,
      day INTEGER NOT NULL,
      session INTEGER NOT NULL,
      produced INTEGER NOT NULL,
      PRIMARY KEY (device, day, session)
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE facts (name TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT, WITHOUT ROWID;
  `,
};

/** The shapes that history.db has had. Steps are never edited once released: add the next one. */
export const HISTORY_MIGRATIONS: readonly Migration[] = [historyTables];
