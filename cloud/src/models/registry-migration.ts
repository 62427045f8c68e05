import type { Migration } from "../store/migrations/migration.js";

/** Signed metadata as it was published, and what it says of each version. */
export const registry: Migration = {
  version: 5,
  name: "model registry",
  sql: `
    CREATE TABLE tuf_files (
      file TEXT PRIMARY KEY,
      content TEXT NOT NULL,
      at_us INTEGER NOT NULL
    ) STRICT;
    CREATE TABLE model_versions (
      name TEXT NOT NULL,
      version TEXT NOT NULL,
      state TEXT NOT NULL,
      reason TEXT NOT NULL,
      manifest TEXT NOT NULL,
      card TEXT NOT NULL,
      files TEXT NOT NULL,
      sha256 TEXT NOT NULL,
      bytes INTEGER NOT NULL,
      published_at_us INTEGER NOT NULL,
      published_by TEXT NOT NULL,
      PRIMARY KEY (name, version)
    ) STRICT;
  `,
};
