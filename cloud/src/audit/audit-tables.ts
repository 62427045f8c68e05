/** The audit log: lines in, each chained to the one before; newest lines out. */
import type { Database } from "better-sqlite3";
import type { AuditEntry, StoredAuditEntry } from "./audit.js";
import {
  CHAIN_START,
  type ChainedEntry,
  type ChainLink,
  type ChainVerdict,
  hashOf,
  verifyChain,
} from "./audit-chain.js";

type Row = Omit<StoredAuditEntry, "detail"> & { detail: string };
type ChainedRow = Row & { hash: string };

export interface AuditQuery {
  /** Only older ones than this id. */
  before?: number | undefined;
  limit?: number | undefined;
  subject?: string | undefined;
  by?: string | undefined;
  action?: string | undefined;
}

const COLUMNS = "audit.id, at_us atUs, by, action, subject, detail";
const CHAINED = `SELECT ${COLUMNS}, coalesce(hash, '') hash FROM audit LEFT JOIN audit_chain USING (id)`;

export class AuditTables {
  readonly #db: Database;
  readonly #insert;
  readonly #chain;
  readonly #last;

  constructor(db: Database) {
    this.#db = db;
    this.#insert = db.prepare<Omit<Row, "id">>(
      "INSERT INTO audit (at_us, by, action, subject, detail) VALUES (@atUs, @by, @action, @subject, @detail)",
    );
    this.#chain = db.prepare<[number, string]>("INSERT INTO audit_chain (id, hash) VALUES (?, ?)");
    this.#last = db.prepare<[], ChainLink>("SELECT id, hash FROM audit_chain ORDER BY id DESC LIMIT 1");
  }

  /** `atUs`: epoch microseconds. */
  add({ by, action, subject, detail = {} }: AuditEntry, atUs: number): void {
    const row = { atUs, by, action, subject, detail: JSON.stringify(detail) };
    // Immediate: the command line may seal meanwhile, from a process of its own.
    this.#db
      .transaction(() => {
        this.#insert.run(row);
        this.#chainUp();
      })
      .immediate();
  }

  /** Newest first, older than the entry `before`. */
  list({ before = Number.MAX_SAFE_INTEGER, limit = 100, ...wanted }: AuditQuery): StoredAuditEntry[] {
    const fields = (["subject", "by", "action"] as const).filter((field) => wanted[field] !== undefined);
    const wheres = ["id < @before", ...fields.map((field) => `${field} = @${field}`)];
    const sql = `SELECT ${COLUMNS} FROM audit WHERE ${wheres.join(" AND ")} ORDER BY id DESC LIMIT @limit`;
    return this.#db
      .prepare<object, Row>(sql)
      .all({ ...wanted, before, limit })
      .map((row) => ({ ...row, detail: JSON.parse(row.detail) as Record<string, unknown> }));
  }

  /** Oldest first, with their hashes, as they are written to a file: lines of NDJSON. */
  lines({
    after,
    limit,
    beforeUs = Number.MAX_SAFE_INTEGER,
  }: {
    after: number;
    limit: number;
    beforeUs?: number;
  }): string[] {
    const sql = `${CHAINED} WHERE audit.id > @after AND at_us < @beforeUs ORDER BY audit.id LIMIT @limit`;
    return this.#db
      .prepare<object, ChainedRow>(sql)
      .all({ after, limit, beforeUs })
      .map((row) => JSON.stringify(row));
  }

  head(): ChainLink {
    return this.#last.get() ?? this.#sealed();
  }

  /** Where the lines that are still here begin. */
  start(): ChainLink {
    return this.#sealed();
  }

  verify(): ChainVerdict {
    return verifyChain(this.#chained(), this.#sealed());
  }

  /** The lines up to this one have been exported: they are deleted, and the chain goes on from there. */
  seal({ to, atUs, fileSha256 }: { to: ChainLink; atUs: number; fileSha256: string }): void {
    this.#db
      .transaction(() => {
        this.#db.prepare("INSERT INTO audit_seals VALUES (?, ?, ?, ?)").run(to.id, to.hash, atUs, fileSha256);
        this.#db.prepare("DELETE FROM audit WHERE id <= ?").run(to.id);
        this.#db.prepare("DELETE FROM audit_chain WHERE id <= ?").run(to.id);
      })
      .immediate();
  }

  *#chained(): Iterable<ChainedEntry & { detailText: string }> {
    for (const row of this.#db.prepare<[], ChainedRow>(`${CHAINED} ORDER BY audit.id`).iterate())
      yield { ...row, detail: {}, detailText: row.detail };
  }

  /** Also what was written before there was a chain. */
  #chainUp(): void {
    let { id, hash } = this.head();
    const rows = this.#db.prepare<[number], Row>(`SELECT ${COLUMNS} FROM audit WHERE id > ? ORDER BY id`).all(id);
    for (const row of rows) {
      hash = hashOf(hash, row, row.detail);
      id = row.id;
      this.#chain.run(id, hash);
    }
  }

  #sealed(): ChainLink {
    const sql = "SELECT to_id id, hash FROM audit_seals ORDER BY to_id DESC LIMIT 1";
    return this.#db.prepare<[], ChainLink>(sql).get() ?? CHAIN_START;
  }
}
