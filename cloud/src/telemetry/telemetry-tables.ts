/** Summaries of telemetry into fleet.db, each once, and back by time. Every call blocks and is one transaction. */
import type { TelemetryMessage } from "@tactus/shared";
import type { Database } from "better-sqlite3";
import { packTelemetry, unpackTelemetry } from "./pack-telemetry.js";

/** A message of the outbox: one with a sequence. */
export type Summary = TelemetryMessage & { sequence: number };

export interface NewSummary {
  device: string;
  receivedAtUs: number;
  message: Summary;
}

export interface StoredSummary {
  /** When the box made it, by its own clock. */
  atUs: number;
  receivedAtUs: number;
  message: Summary;
}

/** What became of the summaries of the sessions in a range: made = received + missing. */
export interface SummaryCounts {
  made: number;
  received: number;
  /** In the box's outbox still, or lost on the box. */
  missing: number;
}

export interface SummaryRange {
  fromUs: number;
  toUs: number;
  limit: number;
}

/** Rows that go in one step of retention. */
const FORGET_STEP = 5000;

export class TelemetryTables {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  /** For each whether it is new: what is there already stays as it is. */
  add(summaries: readonly NewSummary[]): boolean[] {
    const put = this.#db.prepare(
      `INSERT INTO telemetry VALUES (@device, @atUs, @session, @sequence, @receivedAtUs, @payload) ON CONFLICT DO NOTHING`,
    );
    const count = this.#db.prepare(
      `INSERT INTO telemetry_sessions VALUES (@device, @session, @atUs, @atUs, @sequence, 1)
       ON CONFLICT (device, session) DO UPDATE SET first_at_us = min(first_at_us, @atUs),
         last_at_us = max(last_at_us, @atUs), top = max(top, @sequence), received = received + 1`,
    );
    return this.#db.transaction(() =>
      summaries.map(({ device, receivedAtUs, message }) => {
        const { session, sequence, sentAtUs: atUs } = message;
        const row = { device, session, sequence, atUs, receivedAtUs, payload: packTelemetry(message) };
        const isNew = put.run(row).changes === 1;
        if (isNew) count.run({ device, session, sequence, atUs });
        return isNew;
      }),
    )();
  }

  /** Oldest first; from ≤ time < to. */
  list(device: string, { fromUs, toUs, limit }: SummaryRange): StoredSummary[] {
    const sql = `SELECT at_us atUs, received_at_us receivedAtUs, payload FROM telemetry
       WHERE device = ? AND at_us >= ? AND at_us < ? ORDER BY at_us LIMIT ?`;
    const rows = this.#db.prepare(sql).all(device, fromUs, toUs, limit) as (Omit<StoredSummary, "message"> & {
      payload: Uint8Array;
    })[];
    return rows.map(({ payload, ...row }) => ({ ...row, message: unpackTelemetry(payload) as Summary }));
  }

  /** Of every session that made one in this range. */
  counts(device: string, { fromUs, toUs }: Omit<SummaryRange, "limit">): SummaryCounts {
    const sql = `SELECT total(top + 1) made, total(received) received FROM telemetry_sessions
       WHERE device = ? AND last_at_us >= ? AND first_at_us < ?`;
    const { made, received } = this.#db.prepare(sql).get(device, fromUs, toUs) as { made: number; received: number };
    return { made, received, missing: made - received };
  }

  /** Some of what is older than this goes; returns how many went: 0 = all of it is gone. */
  forget(beforeUs: number): number {
    const sql = `DELETE FROM telemetry WHERE (device, at_us, session, sequence) IN
       (SELECT device, at_us, session, sequence FROM telemetry WHERE received_at_us < ? LIMIT ${FORGET_STEP})`;
    const { changes } = this.#db.prepare(sql).run(beforeUs);
    if (changes === 0) this.#db.prepare("DELETE FROM telemetry_sessions WHERE last_at_us < ?").run(beforeUs);
    return changes;
  }
}
