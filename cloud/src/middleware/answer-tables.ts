/** Answers that were given to requests with an Idempotency-Key, for the same request again. */
import type { Database } from "better-sqlite3";

export interface StoredAnswer {
  /** Hash of who asked, for what, and the key. */
  id: string;
  requestHash: string;
  createdUs: number;
  status: number;
  sealed: Uint8Array;
}

/** The oldest go when there are more. */
const MAX_ANSWERS = 10_000;

export class AnswerTables {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  /** Not older than `sinceUs`. */
  find(id: string, sinceUs: number): StoredAnswer | undefined {
    const sql = `SELECT id, request_hash requestHash, created_us createdUs, status, sealed
      FROM answers WHERE id = ? AND created_us >= ?`;
    return this.#db.prepare<[string, number], StoredAnswer>(sql).get(id, sinceUs);
  }

  /** Those from before `sinceUs` go at the same time. */
  keep({ id, requestHash, createdUs, status, sealed }: StoredAnswer, sinceUs: number): void {
    this.#db.transaction(() => {
      this.#db.prepare<[number]>("DELETE FROM answers WHERE created_us < ?").run(sinceUs);
      const surplus = `DELETE FROM answers WHERE id IN (SELECT id FROM answers ORDER BY created_us LIMIT
        max(0, (SELECT count(*) FROM answers) - ?))`;
      this.#db.prepare<[number]>(surplus).run(MAX_ANSWERS - 1);
      this.#db
        .prepare<[string, string, number, number, Uint8Array]>("INSERT OR REPLACE INTO answers VALUES (?, ?, ?, ?, ?)")
        .run(id, requestHash, createdUs, status, sealed);
    })();
  }
}
