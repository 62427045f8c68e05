import type { Migration } from "../store/migrations/migration.js";

/**
 * Configuration by layers: each change is a line, the newest of a (scope, subject) holds; subject is "" for the fleet, a venue,
 * or a device id. `twins` has one line a device: what is wanted of it and what it said last. Commands by (device, request).
 */
export const twins: Migration = {
  version: 4,
  name: "twins",
  sql: `
    CREATE TABLE config_changes (
      id INTEGER PRIMARY KEY,
      scope TEXT NOT NULL CHECK (scope IN ('fleet', 'venue', 'device')),
      subject TEXT NOT NULL,
      version INTEGER NOT NULL,
      at_us INTEGER NOT NULL,
      by TEXT NOT NULL,
      config TEXT NOT NULL,
      UNIQUE (scope, subject, version)
    ) STRICT;

    CREATE TABLE twins (
      device TEXT PRIMARY KEY,
      version INTEGER NOT NULL,
      wanted TEXT NOT NULL,
      changed_at_us INTEGER NOT NULL,
      reported TEXT,
      reported_at_us INTEGER NOT NULL DEFAULT 0
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE twin_models (
      device TEXT PRIMARY KEY,
      model TEXT NOT NULL
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE commands (
      id INTEGER PRIMARY KEY,
      device TEXT NOT NULL,
      request_id TEXT NOT NULL,
      by TEXT NOT NULL,
      at_us INTEGER NOT NULL,
      expires_at_us INTEGER NOT NULL,
      command TEXT NOT NULL,
      state TEXT NOT NULL,
      message TEXT NOT NULL,
      result_at_us INTEGER NOT NULL,
      UNIQUE (device, request_id)
    ) STRICT;
  `,
};
