import type { Migration } from "../store/migrations/migration.js";

/** Tracks, analyses of each with their files and figures, and where they were heard. */
export const tracks: Migration = {
  version: 12,
  name: "tracks",
  sql: `
    CREATE TABLE tracks (
      number INTEGER PRIMARY KEY AUTOINCREMENT,
      id TEXT NOT NULL UNIQUE,
      title TEXT NOT NULL,
      artist TEXT NOT NULL,
      duration_ms INTEGER NOT NULL,
      sha256 TEXT NOT NULL,
      added_us INTEGER NOT NULL,
      added_by TEXT NOT NULL
    ) STRICT;
    CREATE INDEX tracks_by_content ON tracks (sha256);

    CREATE TABLE track_versions (
      id INTEGER PRIMARY KEY AUTOINCREMENT,
      track TEXT NOT NULL REFERENCES tracks (id) ON DELETE CASCADE,
      version INTEGER NOT NULL,
      model TEXT NOT NULL,
      model_version TEXT NOT NULL,
      state TEXT NOT NULL CHECK (state IN ('queued', 'running', 'done', 'failed')),
      reason TEXT NOT NULL,
      created_us INTEGER NOT NULL,
      took_ms INTEGER NOT NULL,
      UNIQUE (track, version)
    ) STRICT;

    CREATE TABLE track_artifacts (
      version INTEGER NOT NULL REFERENCES track_versions (id) ON DELETE CASCADE,
      kind TEXT NOT NULL,
      sha256 TEXT NOT NULL,
      bytes INTEGER NOT NULL,
      path TEXT NOT NULL,
      PRIMARY KEY (version, kind)
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE track_metrics (
      version INTEGER NOT NULL REFERENCES track_versions (id) ON DELETE CASCADE,
      name TEXT NOT NULL,
      value REAL NOT NULL,
      PRIMARY KEY (version, name)
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE plays (
      id INTEGER PRIMARY KEY,
      track TEXT NOT NULL REFERENCES tracks (id) ON DELETE CASCADE,
      device TEXT NOT NULL,
      version INTEGER NOT NULL,
      from_us INTEGER NOT NULL,
      to_us INTEGER NOT NULL,
      lock_quality REAL NOT NULL,
      UNIQUE (device, from_us)
    ) STRICT;
    CREATE INDEX plays_by_track ON plays (track, from_us);
  `,
};
