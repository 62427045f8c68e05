/** Who is told, what waits to be told, and what has become of it. Every call is one transaction. */
import { InputError } from "@tactus/shared";
import type { Database } from "better-sqlite3";
import type { StoredAlert } from "../alert.js";
import type {
  DeliveryState,
  EventKind,
  Notice,
  PendingEvent,
  StoredDelivery,
  StoredWebhook,
  Target,
} from "./notice.js";

/** A notice and where it goes, each with the id of its one delivery. */
export interface QueuedNotice {
  notice: Notice;
  deliveries: { id: string; target: Target }[];
}

export interface DeliveryOutcome {
  id: string;
  state: DeliveryState;
  /** For `queued`: when it is tried again. */
  nextUs: number;
  error: string;
  atUs: number;
}

type WebhookRow = Omit<StoredWebhook, "events"> & { events: string };
type DeliveryRow = Omit<StoredDelivery, "notice"> & { body: string };
type EventRow = Omit<PendingEvent, "alert"> & { alertId: number };

const WEBHOOK = `id, name, url, secret, min_severity minSeverity, events, created_us createdUs, created_by createdBy`;
const DELIVERY = `d.id, target, state, attempts, queued_us queuedUs, next_us nextUs, done_us doneUs, last_error lastError, body`;
const ALERT = `id, subject, rule, severity, state, message, remedy, raised_us raisedUs, acknowledged_us acknowledgedUs,
  acknowledged_by acknowledgedBy, note, cleared_us clearedUs, cleared_by clearedBy`;

export class NoticeTables {
  readonly #db: Database;
  readonly #settle;

  constructor(db: Database) {
    this.#db = db;
    this.#settle = db.prepare<DeliveryOutcome>(
      `UPDATE deliveries SET state = @state, attempts = attempts + 1, next_us = @nextUs, last_error = @error,
         done_us = CASE @state WHEN 'queued' THEN 0 ELSE @atUs END WHERE id = @id`,
    );
  }

  pendingEvents(limit: number): PendingEvent[] {
    const events = this.#db
      .prepare<[number], EventRow>("SELECT id, alert alertId, kind, at_us atUs FROM alert_events ORDER BY id LIMIT ?")
      .all(limit);
    const alertOf = this.#db.prepare<[number], StoredAlert>(`SELECT ${ALERT} FROM alerts WHERE id = ?`);
    return events.flatMap(({ alertId, ...event }) => {
      const alert = alertOf.get(alertId);
      return alert ? [{ ...event, alert }] : [];
    });
  }

  /** The events become these notices, at once or not at all. */
  queue(notices: readonly QueuedNotice[], doneEvents: readonly number[], nowUs: number): void {
    const remove = this.#db.prepare("DELETE FROM alert_events WHERE id = ?");
    const addNotice = this.#db.prepare("INSERT INTO notices (at_us, type, body) VALUES (?, ?, ?)");
    const addDelivery = this.#db.prepare(
      "INSERT INTO deliveries (id, notice, target, state, queued_us, next_us) VALUES (?, ?, ?, 'queued', ?, ?)",
    );
    this.#db.transaction(() => {
      for (const id of doneEvents) remove.run(id);
      for (const { notice, deliveries } of notices) {
        const { lastInsertRowid } = addNotice.run(nowUs, notice.type, JSON.stringify(notice));
        for (const { id, target } of deliveries) addDelivery.run(id, lastInsertRowid, target, nowUs, nowUs);
      }
    })();
  }

  /** Oldest first. */
  due({ target, nowUs, limit }: { target: Target; nowUs: number; limit: number }): StoredDelivery[] {
    const sql = `SELECT ${DELIVERY} FROM deliveries d JOIN notices n ON n.id = d.notice
      WHERE target = @target AND state = 'queued' AND next_us <= @nowUs ORDER BY next_us, notice LIMIT @limit`;
    return this.#db.prepare<object, DeliveryRow>(sql).all({ target, nowUs, limit }).map(deliveryOf);
  }

  /** Newest first. */
  deliveries({ state, limit }: { state?: DeliveryState | undefined; limit: number }): StoredDelivery[] {
    const where = state === undefined ? "" : "WHERE state = @state";
    const sql = `SELECT ${DELIVERY} FROM deliveries d JOIN notices n ON n.id = d.notice ${where} ORDER BY notice DESC LIMIT @limit`;
    return this.#db.prepare<object, DeliveryRow>(sql).all({ state, limit }).map(deliveryOf);
  }

  settle(outcomes: readonly DeliveryOutcome[]): void {
    this.#db.transaction(() => {
      for (const outcome of outcomes) this.#settle.run(outcome);
    })();
  }

  /** A dead letter is tried again for another day. Throws InputError when it is not dead. */
  resend(id: string, nowUs: number): void {
    const sql = `UPDATE deliveries SET state = 'queued', attempts = 0, queued_us = ?, next_us = ?, done_us = 0
      WHERE id = ? AND state = 'dead'`;
    if (this.#db.prepare(sql).run(nowUs, nowUs, id).changes === 0) throw new InputError(`No dead delivery "${id}"`);
  }

  /** How many wait and how many are dead, by target. */
  counts(): { target: Target; state: DeliveryState; count: number }[] {
    const sql = "SELECT target, state, count(*) count FROM deliveries WHERE state <> 'delivered' GROUP BY 1, 2";
    return this.#db.prepare<[], { target: Target; state: DeliveryState; count: number }>(sql).all();
  }

  webhooks(): StoredWebhook[] {
    const rows = this.#db.prepare<[], WebhookRow>(`SELECT ${WEBHOOK} FROM webhooks ORDER BY created_us, id`).all();
    return rows.map((row) => ({ ...row, events: row.events.split(",") as EventKind[] }));
  }

  addWebhook(webhook: StoredWebhook): void {
    const sql = `INSERT INTO webhooks (id, name, url, secret, min_severity, events, created_us, created_by)
      VALUES (@id, @name, @url, @secret, @minSeverity, @events, @createdUs, @createdBy)`;
    this.#db.prepare(sql).run({ ...webhook, events: webhook.events.join(",") });
  }

  /** What still waits for it is dead. */
  removeWebhook(id: string, nowUs: number): void {
    this.#db.transaction(() => {
      this.#db.prepare("DELETE FROM webhooks WHERE id = ?").run(id);
      const sql = `UPDATE deliveries SET state = 'dead', done_us = ?, last_error = 'The webhook was deleted'
        WHERE target = ? AND state = 'queued'`;
      this.#db.prepare(sql).run(nowUs, id);
    })();
  }

  /** Forgets what was delivered or died before this. */
  prune(beforeUs: number): void {
    this.#db.transaction(() => {
      this.#db.prepare("DELETE FROM deliveries WHERE state <> 'queued' AND done_us < ?").run(beforeUs);
      this.#db
        .prepare("DELETE FROM notices WHERE at_us < ? AND id NOT IN (SELECT notice FROM deliveries)")
        .run(beforeUs);
    })();
  }
}

function deliveryOf({ body, ...row }: DeliveryRow): StoredDelivery {
  return { ...row, notice: JSON.parse(body) as Notice };
}
