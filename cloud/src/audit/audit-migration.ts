import type { Migration } from "../store/migrations/migration.js";

/** Lines are only ever added. */
export const auditLog: Migration = {
  version: 2,
  name: "audit log",
  sql: `
    CREATE TABLE audit (
      id INTEGER PRIMARY KEY,
      at_us INTEGER NOT NULL,
      by TEXT NOT NULL,
      action TEXT NOT NULL,
      subject TEXT NOT NULL,
      detail TEXT NOT NULL
    ) STRICT;
    CREATE TRIGGER audit_no_update BEFORE UPDATE ON audit BEGIN SELECT raise(ABORT, 'the audit log is only added to'); END;
    CREATE TRIGGER audit_no_delete BEFORE DELETE ON audit BEGIN SELECT raise(ABORT, 'the audit log is only added to'); END;
  `,
};
