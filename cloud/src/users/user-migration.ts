import type { Migration } from "../store/migrations/migration.js";

/** Passwords as Argon2id, sessions and keys as SHA-256 of long random secrets: nothing here logs anybody in. */
export const users: Migration = {
  version: 10,
  name: "users",
  sql: `
    CREATE TABLE users (
      id INTEGER PRIMARY KEY,
      name TEXT NOT NULL UNIQUE COLLATE NOCASE,
      role TEXT NOT NULL CHECK (role IN ('viewer', 'operator', 'admin')),
      password_hash TEXT NOT NULL,
      created_us INTEGER NOT NULL,
      last_login_us INTEGER NOT NULL DEFAULT 0,
      disabled INTEGER NOT NULL DEFAULT 0
    ) STRICT;

    CREATE TABLE user_sessions (
      id TEXT PRIMARY KEY,
      user INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
      secret_hash TEXT NOT NULL UNIQUE,
      created_us INTEGER NOT NULL,
      used_us INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE api_keys (
      id TEXT PRIMARY KEY,
      user INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
      name TEXT NOT NULL,
      secret_hash TEXT NOT NULL UNIQUE,
      scopes TEXT NOT NULL,
      created_us INTEGER NOT NULL,
      expires_us INTEGER NOT NULL,
      used_us INTEGER NOT NULL DEFAULT 0
    ) STRICT, WITHOUT ROWID;
  `,
};
