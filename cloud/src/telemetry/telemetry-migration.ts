import type { Migration } from "../store/migrations/migration.js";

/**
 * Summaries of telemetry and health by device and the box's own time, packed; and how many of each session have come: `top` is
 * the highest sequence seen, so top + 1 were made.
 */
export const telemetry: Migration = {
  version: 9,
  name: "telemetry",
  sql: `
    CREATE TABLE telemetry (
      device TEXT NOT NULL,
      at_us INTEGER NOT NULL,
      session TEXT NOT NULL,
      sequence INTEGER NOT NULL,
      received_at_us INTEGER NOT NULL,
      payload BLOB NOT NULL,
      PRIMARY KEY (device, at_us, session, sequence)
    ) STRICT, WITHOUT ROWID;
    CREATE UNIQUE INDEX telemetry_once ON telemetry (device, session, sequence);

    CREATE TABLE telemetry_sessions (
      device TEXT NOT NULL,
      session TEXT NOT NULL,
      first_at_us INTEGER NOT NULL,
      last_at_us INTEGER NOT NULL,
      top INTEGER NOT NULL,
      received INTEGER NOT NULL,
      PRIMARY KEY (device, session)
    ) STRICT, WITHOUT ROWID;
  `,
};
