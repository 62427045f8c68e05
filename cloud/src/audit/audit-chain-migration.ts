import type { Migration } from "../store/migrations/migration.js";

/**
 * Each line of the audit log has a hash over itself and the hash of the line before: whoever changes or removes one must change
 * all that follow. Lines leave only by a sealed export, which is noted in `audit_seals`: from there the chain goes on.
 */
export const auditChain: Migration = {
  version: 8,
  name: "audit chain",
  sql: `
    CREATE TABLE audit_chain (
      id INTEGER PRIMARY KEY,
      hash TEXT NOT NULL
    ) STRICT;
    CREATE TABLE audit_seals (
      to_id INTEGER PRIMARY KEY,
      hash TEXT NOT NULL,
      at_us INTEGER NOT NULL,
      file_sha256 TEXT NOT NULL
    ) STRICT;

    DROP TRIGGER audit_no_delete;
    CREATE TRIGGER audit_no_delete BEFORE DELETE ON audit
      WHEN OLD.id > coalesce((SELECT max(to_id) FROM audit_seals), 0)
      BEGIN SELECT raise(ABORT, 'only what was exported and sealed leaves the audit log'); END;
    CREATE TRIGGER audit_chain_no_delete BEFORE DELETE ON audit_chain
      WHEN OLD.id > coalesce((SELECT max(to_id) FROM audit_seals), 0)
      BEGIN SELECT raise(ABORT, 'only what was exported and sealed leaves the audit log'); END;
    CREATE TRIGGER audit_chain_no_update BEFORE UPDATE ON audit_chain
      BEGIN SELECT raise(ABORT, 'the audit log is only added to'); END;
    CREATE TRIGGER audit_seals_no_update BEFORE UPDATE ON audit_seals
      BEGIN SELECT raise(ABORT, 'the audit log is only added to'); END;
    CREATE TRIGGER audit_seals_no_delete BEFORE DELETE ON audit_seals
      BEGIN SELECT raise(ABORT, 'the audit log is only added to'); END;
  `,
};
