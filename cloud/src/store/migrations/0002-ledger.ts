import type { Migration } from "./migration.js";

/**
 * What became of every beat, per device and day (UTC, days since 1970): `ledger` counts what batches brought and what they
 * said is missing, `ledger_sessions` how many beats each session says there were. Batches keep the box's clocks.
 * Beats that are there already have come in time and were all there were.
 */
export const ledger: Migration = {
  version: 2,
  name: "ledger",
  sql: `
    ALTER TABLE batches ADD COLUMN late INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE batches ADD COLUMN monotonic_us INTEGER;
    ALTER TABLE batches ADD COLUMN clock_offset_us INTEGER;
    ALTER TABLE batches ADD COLUMN clock_uncertainty_us INTEGER;
    ALTER TABLE batches ADD COLUMN synchronised INTEGER;

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
      session TEXT NOT NULL,
      produced INTEGER NOT NULL,
      PRIMARY KEY (device, day, session)
    ) STRICT, WITHOUT ROWID;

    INSERT INTO ledger SELECT device, at_us / 86400000000, count(*), 0, 0, 0 FROM beats GROUP BY 1, 2;
    INSERT INTO ledger_sessions
      SELECT beats.device, at_us / 86400000000, session, count(*)
      FROM beats JOIN batches ON batches.id = beats.batch GROUP BY 1, 2, 3;
  `,
};
