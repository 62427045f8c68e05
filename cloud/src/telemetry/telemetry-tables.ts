/** Summaries of telemetry into fleet.db, each once, and back by time. Every call blocks and is one transaction. */
import type { TelemetryMessage } from "@tactus/shared";
import type { Database } from "better-sqlite3";
import type { TrackSummary } from "../tracks/track.js";
import { packTelemetry, telemetryText, unpackTelemetry } from "./pack-telemetry.js";

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

/** A summary of the thing `of`, its message as JSON text. */
export type TextOf<Summary> = Omit<Summary, "message"> & { of: string; text: string };

export interface SummaryRange {
  fromUs: number;
  toUs: number;
  limit: number;
}

/** A play shorter than a minute may have no summary: at least so many of a track are looked through. */
const MIN_PLAYS = 100;
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

  /** Of each device the newest, newest first; `of` is the device. */
  newestOf(devices: readonly string[], last: number): TextOf<StoredSummary>[] {
    const sql = `SELECT t.device "of", t.at_us atUs, t.received_at_us receivedAtUs, t.payload
       FROM json_each(@devices) asked CROSS JOIN telemetry t ON t.device = asked.value
         AND (t.at_us, t.session, t.sequence) IN (SELECT at_us, session, sequence FROM telemetry
           WHERE device = asked.value ORDER BY at_us DESC, session DESC, sequence DESC LIMIT @last)
       ORDER BY t.device, t.at_us DESC`;
    return this.#texts(sql, { devices: JSON.stringify(devices), last });
  }

  /** Of each track the newest of the boxes that played it lately, newest first; `of` is the track. */
  ofTracks(tracks: readonly string[], last: number): TextOf<TrackSummary>[] {
    const sql = `SELECT "of", play, device, atUs, receivedAtUs, payload FROM (
         SELECT p.track "of", p.id play, p.device, t.at_us atUs, t.received_at_us receivedAtUs, t.payload,
           row_number() OVER (PARTITION BY p.track ORDER BY t.at_us DESC, t.device, t.session, t.sequence) place
         FROM json_each(@tracks) asked
         CROSS JOIN plays p ON p.id IN
           (SELECT id FROM plays WHERE track = asked.value ORDER BY from_us DESC LIMIT @plays)
         CROSS JOIN telemetry t ON t.device = p.device AND t.at_us >= p.from_us AND t.at_us < p.to_us)
       WHERE place <= @last ORDER BY "of", place`;
    return this.#texts(sql, { tracks: JSON.stringify(tracks), last, plays: Math.max(last, MIN_PLAYS) });
  }

  #texts<Row>(sql: string, values: object): (Row & { text: string })[] {
    const rows = this.#db.prepare<object, Row & { payload: Uint8Array }>(sql).all(values);
    return rows.map(({ payload, ...row }) => ({ ...(row as Row), text: telemetryText(payload) }));
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
