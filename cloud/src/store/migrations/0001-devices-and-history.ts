import type { Migration } from "./migration.js";

/**
 * `beats` holds every beat as it stood when it froze; a batch is taken once, by (device, session, sequence).
 * `tempo_rollup` adds up what its beats said per bucket of 10 s, 5 min and 1 h: sums and extremes only, so that
 * late batches land correctly by adding.
 */
export const devicesAndHistory: Migration = {
  version: 1,
  name: "devices and history",
  sql: `
    CREATE TABLE devices (
      id INTEGER PRIMARY KEY,
      slug TEXT NOT NULL UNIQUE,
      name TEXT NOT NULL DEFAULT '',
      version TEXT NOT NULL DEFAULT '',
      model TEXT NOT NULL DEFAULT '',
      first_seen_us INTEGER NOT NULL,
      last_seen_us INTEGER NOT NULL
    ) STRICT;

    CREATE TABLE credentials (
      slug TEXT PRIMARY KEY,
      secret_hash TEXT NOT NULL,
      created_us INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE batches (
      id INTEGER PRIMARY KEY,
      device INTEGER NOT NULL REFERENCES devices (id),
      session TEXT NOT NULL,
      sequence INTEGER NOT NULL,
      received_us INTEGER NOT NULL,
      beats INTEGER NOT NULL,
      UNIQUE (device, session, sequence)
    ) STRICT;

    CREATE TABLE beats (
      device INTEGER NOT NULL,
      at_us INTEGER NOT NULL,
      batch INTEGER NOT NULL,
      position INTEGER NOT NULL,
      beat_id TEXT NOT NULL,
      beat_in_bar INTEGER NOT NULL,
      beats_per_bar INTEGER NOT NULL,
      bar INTEGER NOT NULL,
      bpm REAL NOT NULL,
      confidence REAL NOT NULL,
      source TEXT NOT NULL,
      PRIMARY KEY (device, at_us, batch, position)
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE tempo_rollup (
      device INTEGER NOT NULL,
      bucket_s INTEGER NOT NULL,
      start_s INTEGER NOT NULL,
      beats INTEGER NOT NULL,
      bpm_min REAL NOT NULL,
      bpm_sum REAL NOT NULL,
      bpm_max REAL NOT NULL,
      confidence_min REAL NOT NULL,
      confidence_sum REAL NOT NULL,
      confidence_max REAL NOT NULL,
      PRIMARY KEY (device, bucket_s, start_s)
    ) STRICT, WITHOUT ROWID;
  `,
};
