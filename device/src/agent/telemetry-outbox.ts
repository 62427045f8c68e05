/** Summaries of telemetry on disk until the cloud has them: each by (session, sequence), bounded, the oldest go first. */
import { renameSync, rmSync } from "node:fs";
import { deflateRawSync, inflateRawSync } from "node:zlib";
import type { TelemetryMessage } from "@tactus/shared";
import Database from "better-sqlite3";
import type { Logger } from "pino";
import { isDamage } from "./outbox-file.js";

/** A message that waits: one with a sequence. */
export type Summary = TelemetryMessage & { sequence: number };

export interface WaitingSummary {
  id: number;
  message: Summary;
}

export interface TelemetryOutboxOptions {
  file: string;
  /** On disk: bytes. */
  maxBytes: number;
  log: Logger;
}

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS summaries (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    session TEXT NOT NULL,
    sequence INTEGER NOT NULL,
    payload BLOB NOT NULL,
    UNIQUE (session, sequence)
  ) STRICT;
`;
const SHED_STEP = 32;

export class TelemetryOutbox {
  readonly #options: TelemetryOutboxOptions;
  #maxBytes: number;
  #db: Database.Database | undefined;

  constructor(options: TelemetryOutboxOptions) {
    this.#options = options;
    this.#maxBytes = options.maxBytes;
  }

  /** Never throws: a damaged file is put aside, and where none can be, summaries wait in memory. */
  startSync(): void {
    const { file, log } = this.#options;
    try {
      this.#db = openSync(file);
    } catch (error) {
      log.error({ file, reason: (error as Error).message }, "The outbox of telemetry cannot be used: begun anew");
      this.#db = isDamage(error) ? this.#beginAnewSync() : openSync(":memory:");
    }
  }

  stop(): void {
    this.#db?.close();
    this.#db = undefined;
  }

  limit(maxBytes: number): void {
    this.#maxBytes = maxBytes;
  }

  /** On disk when it returns; its number, or undefined where nothing can be written: then it is lost, and its sequence tells. */
  addSync(message: Summary): number | undefined {
    return this.#try((db) => {
      const payload = deflateRawSync(JSON.stringify(message));
      const { session, sequence } = message;
      const { lastInsertRowid } = db
        .prepare("INSERT OR IGNORE INTO summaries (session, sequence, payload) VALUES (?, ?, ?)")
        .run(session, sequence, payload);
      this.#shed(db);
      return Number(lastInsertRowid);
    });
  }

  /** After this number, the oldest first. */
  readSync(after: number, limit: number): WaitingSummary[] {
    const sql = "SELECT id, payload FROM summaries WHERE id > ? ORDER BY id LIMIT ?";
    const rows = this.#try((db) => db.prepare(sql).all(after, limit) as { id: number; payload: Uint8Array }[]) ?? [];
    return rows.map(({ id, payload }) => ({ id, message: JSON.parse(inflateRawSync(payload).toString()) as Summary }));
  }

  /** The cloud has them, or never will. */
  forget(session: string, sequences: readonly number[]): void {
    this.#try((db) => {
      const remove = db.prepare("DELETE FROM summaries WHERE session = ? AND sequence = ?");
      db.transaction(() => {
        for (const sequence of sequences) remove.run(session, sequence);
      })();
    });
  }

  get count(): number {
    return this.#try((db) => db.prepare("SELECT count(*) FROM summaries").pluck().get() as number) ?? 0;
  }

  #try<T>(work: (db: Database.Database) => T): T | undefined {
    if (!this.#db) return undefined;
    try {
      return work(this.#db);
    } catch (error) {
      this.#options.log.warn({ reason: (error as Error).message }, "The outbox of telemetry cannot be used");
      if (isDamage(error)) this.#db = this.#beginAnewSync();
      return undefined;
    }
  }

  #shed(db: Database.Database): void {
    let shed = 0;
    while (usedBytes(db) > this.#maxBytes) {
      const { changes } = db
        .prepare(`DELETE FROM summaries WHERE id IN (SELECT id FROM summaries ORDER BY id LIMIT ${SHED_STEP})`)
        .run();
      shed += changes;
      if (changes < SHED_STEP) break;
    }
    if (shed > 0)
      this.#options.log.warn({ summaries: shed }, "No room for telemetry: the oldest summaries were dropped");
  }

  #beginAnewSync(): Database.Database {
    const { file, log } = this.#options;
    this.#db?.close();
    try {
      for (const end of ["-wal", "-shm"]) rmSync(file + end, { force: true });
      renameSync(file, `${file.replace(/\.db$/, "")}.damaged.db`);
      return openSync(file);
    } catch (error) {
      log.error({ file, reason: (error as Error).message }, "Telemetry is kept in memory until it is sent");
      return openSync(":memory:");
    }
  }
}

function openSync(file: string): Database.Database {
  const db = new Database(file);
  try {
    db.pragma("journal_mode = WAL");
    db.pragma("synchronous = FULL");
    db.pragma("journal_size_limit = 262144");
    db.exec(SCHEMA);
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
}

function usedBytes(db: Database.Database): number {
  const [pages, free, size] = ["page_count", "freelist_count", "page_size"].map((name) =>
    Number(db.pragma(name, { simple: true })),
  );
  return ((pages ?? 0) - (free ?? 0)) * (size ?? 0);
}
