import type { Migration } from "../store/migrations/migration.js";

/**
 * `claims` are boxes that wait or were just claimed (`device` not empty). `boxes` binds an address to the key of the box that
 * was claimed for it; a provisioned one has no key. Of `credentials` only hashes are kept; 0 = never for every `_us`.
 */
export const identity: Migration = {
  version: 3,
  name: "identity",
  sql: `
    CREATE TABLE claims (
      id TEXT PRIMARY KEY,
      public_key TEXT NOT NULL UNIQUE,
      serial TEXT NOT NULL,
      code_hash TEXT NOT NULL,
      device TEXT NOT NULL DEFAULT '',
      created_us INTEGER NOT NULL,
      expires_us INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE preauthorizations (
      serial TEXT PRIMARY KEY,
      key_fingerprint TEXT NOT NULL,
      device TEXT NOT NULL UNIQUE,
      name TEXT NOT NULL,
      tags TEXT NOT NULL,
      by TEXT NOT NULL,
      created_us INTEGER NOT NULL,
      expires_us INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE boxes (
      device TEXT PRIMARY KEY,
      public_key TEXT UNIQUE,
      serial TEXT NOT NULL,
      name TEXT NOT NULL,
      by TEXT NOT NULL,
      since_us INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE credentials (
      id TEXT PRIMARY KEY,
      device TEXT NOT NULL,
      hash TEXT NOT NULL,
      created_us INTEGER NOT NULL,
      expires_us INTEGER NOT NULL DEFAULT 0,
      revoked_us INTEGER NOT NULL DEFAULT 0,
      used_us INTEGER NOT NULL DEFAULT 0
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX credentials_by_device ON credentials (device, created_us);
  `,
};
