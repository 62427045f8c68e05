import type { Migration } from "../store/migrations/migration.js";

/** Answers to requests with an Idempotency-Key; sealed by that key, which is not stored: they may hold logins. */
export const idempotency: Migration = {
  version: 11,
  name: "idempotency",
  sql: `
    CREATE TABLE answers (
      id TEXT PRIMARY KEY,
      request_hash TEXT NOT NULL,
      created_us INTEGER NOT NULL,
      status INTEGER NOT NULL,
      sealed BLOB NOT NULL
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX answers_by_age ON answers (created_us);
  `,
};
