import type { Migration } from "../store/migrations/migration.js";

/** Columns named after their contents in JSON hold what `rollout.ts`, `venue.ts` and `health-sums.ts` describe. */
export const rollouts: Migration = {
  version: 6,
  name: "rollouts",
  sql: `
    CREATE TABLE venues (
      venue TEXT PRIMARY KEY,
      settings TEXT NOT NULL,
      updated_us INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE rollouts (
      number INTEGER PRIMARY KEY AUTOINCREMENT,
      id TEXT NOT NULL UNIQUE,
      created_us INTEGER NOT NULL,
      created_by TEXT NOT NULL,
      kind TEXT NOT NULL CHECK (kind IN ('phased', 'activate')),
      salt TEXT NOT NULL,
      spec TEXT NOT NULL,
      state TEXT NOT NULL,
      progress TEXT NOT NULL,
      idempotency_key TEXT UNIQUE
    ) STRICT;
    CREATE TABLE rollout_devices (
      rollout TEXT NOT NULL REFERENCES rollouts (id),
      device TEXT NOT NULL,
      member TEXT NOT NULL,
      PRIMARY KEY (rollout, device)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE rollout_decisions (
      id INTEGER PRIMARY KEY,
      rollout TEXT NOT NULL REFERENCES rollouts (id),
      at_us INTEGER NOT NULL,
      decision TEXT NOT NULL
    ) STRICT;
    CREATE INDEX rollout_decisions_by_rollout ON rollout_decisions (rollout, id);
    CREATE TABLE rollout_health (
      rollout TEXT NOT NULL REFERENCES rollouts (id),
      device TEXT NOT NULL,
      health TEXT NOT NULL,
      PRIMARY KEY (rollout, device)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE device_health (
      device TEXT PRIMARY KEY,
      health TEXT NOT NULL
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE model_pins (
      device TEXT PRIMARY KEY,
      model TEXT NOT NULL,
      by TEXT NOT NULL,
      at_us INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;
  `,
};
