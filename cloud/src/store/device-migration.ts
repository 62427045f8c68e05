import type { Migration } from "./migrations/migration.js";

/** `tags` is a JSON list of words. */
export const devices: Migration = {
  version: 1,
  name: "devices",
  sql: `
    CREATE TABLE devices (
      slug TEXT PRIMARY KEY,
      name TEXT NOT NULL DEFAULT '',
      version TEXT NOT NULL DEFAULT '',
      model TEXT NOT NULL DEFAULT '',
      tags TEXT NOT NULL DEFAULT '[]',
      first_seen_us INTEGER NOT NULL,
      last_seen_us INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;
  `,
};
