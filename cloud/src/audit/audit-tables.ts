/** The audit log: lines in, newest lines out. */
import type { Database } from "better-sqlite3";
import type { AuditEntry, StoredAuditEntry } from "./audit.js";

type Row = Omit<StoredAuditEntry, "detail"> & { detail: string };

export class AuditTables {
  readonly #add;
  readonly #list;

  constructor(db: Database) {
    this.#add = db.prepare<Omit<Row, "id">>(
      "INSERT INTO audit (at_us, by, action, subject, detail) VALUES (@atUs, @by, @action, @subject, @detail)",
    );
    this.#list = db.prepare<{ before: number; limit: number }, Row>(
      "SELECT id, at_us atUs, by, action, subject, detail FROM audit WHERE id < @before ORDER BY id DESC LIMIT @limit",
    );
  }

  /** `atUs`: epoch microseconds. */
  add({ by, action, subject, detail = {} }: AuditEntry, atUs: number): void {
    this.#add.run({ atUs, by, action, subject, detail: JSON.stringify(detail) });
  }

  /** Newest first, older than the entry `before`. */
  list({ before = Number.MAX_SAFE_INTEGER, limit = 100 }: { before?: number; limit?: number }): StoredAuditEntry[] {
    const rows = this.#list.all({ before, limit });
    return rows.map((row) => ({ ...row, detail: JSON.parse(row.detail) as Record<string, unknown> }));
  }
}
