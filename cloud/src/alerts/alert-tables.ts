/** Alerts from their beginning to their end, and the settings of the rules. Every call is one transaction. */
import { InputError } from "@tactus/shared";
import type { Database } from "better-sqlite3";
import type { AlertChange, AlertState, RaisedChange, Severity, StoredAlert } from "./alert.js";
import type { ScopeSettings, StoredScope } from "./rule-settings.js";

export interface AlertQuery {
  state?: AlertState | "open" | undefined;
  device?: string | undefined;
  severity?: Severity | undefined;
  rule?: string | undefined;
  /** Only older ones than this id. */
  before?: number | undefined;
  limit: number;
}

export interface AlertDeed {
  id: number;
  by: string;
  note: string;
  atUs: number;
}

const COLUMNS = `id, subject, rule, severity, state, message, remedy, raised_us raisedUs, acknowledged_us acknowledgedUs,
  acknowledged_by acknowledgedBy, note, cleared_us clearedUs, cleared_by clearedBy`;

export class AlertTables {
  readonly #db: Database;
  readonly #insert;
  readonly #update;
  readonly #openOf;
  readonly #clear;
  readonly #event;

  constructor(db: Database) {
    this.#db = db;
    this.#insert = db.prepare<Omit<RaisedChange, "kind">>(
      `INSERT INTO alerts (subject, rule, severity, state, message, remedy, raised_us)
       VALUES (@subject, @rule, @severity, 'raised', @message, @remedy, @atUs) ON CONFLICT DO NOTHING`,
    );
    this.#update = db.prepare<Omit<RaisedChange, "kind">>(
      `UPDATE alerts SET severity = @severity, message = @message, remedy = @remedy
       WHERE subject = @subject AND rule = @rule AND state <> 'cleared'`,
    );
    this.#openOf = db.prepare<{ subject: string; rule: string }, { id: number }>(
      "SELECT id FROM alerts WHERE subject = @subject AND rule = @rule AND state <> 'cleared'",
    );
    this.#clear = db.prepare<{ id: number; atUs: number; by: string; note: string }>(
      `UPDATE alerts SET state = 'cleared', cleared_us = @atUs, cleared_by = @by,
         note = CASE @note WHEN '' THEN note ELSE @note END WHERE id = @id`,
    );
    this.#event = db.prepare("INSERT INTO alert_events (alert, kind, at_us) VALUES (?, ?, ?)");
  }

  /** What the rules have found; each with the event that people are told of. What is so already changes nothing. */
  apply(changes: readonly AlertChange[]): void {
    this.#db.transaction(() => {
      for (const change of changes) this.#applyOne(change);
    })();
  }

  get(id: number): StoredAlert | undefined {
    return this.#db.prepare<[number], StoredAlert>(`SELECT ${COLUMNS} FROM alerts WHERE id = ?`).get(id);
  }

  open(): StoredAlert[] {
    return this.#db
      .prepare<[], StoredAlert>(`SELECT ${COLUMNS} FROM alerts WHERE state <> 'cleared' ORDER BY id`)
      .all();
  }

  /** Of these subjects, newest first. */
  openOf(subjects: readonly string[]): StoredAlert[] {
    const sql = `SELECT ${COLUMNS} FROM alerts
       WHERE state <> 'cleared' AND subject IN (SELECT value FROM json_each(?)) ORDER BY id DESC`;
    return this.#db.prepare<[string], StoredAlert>(sql).all(JSON.stringify(subjects));
  }

  clearedSince(sinceUs: number): StoredAlert[] {
    const sql = `SELECT ${COLUMNS} FROM alerts WHERE state = 'cleared' AND cleared_us >= ? ORDER BY id LIMIT 100000`;
    return this.#db.prepare<[number], StoredAlert>(sql).all(sinceUs);
  }

  /** Newest first. */
  list({ state, device, severity, rule, before = Number.MAX_SAFE_INTEGER, limit }: AlertQuery): StoredAlert[] {
    const wheres = [
      "id < @before",
      ...(state === undefined ? [] : [state === "open" ? "state <> 'cleared'" : "state = @state"]),
      ...(device === undefined ? [] : ["subject = @device"]),
      ...(severity === undefined ? [] : ["severity = @severity"]),
      ...(rule === undefined ? [] : ["rule = @rule"]),
    ];
    const sql = `SELECT ${COLUMNS} FROM alerts WHERE ${wheres.join(" AND ")} ORDER BY id DESC LIMIT @limit`;
    return this.#db.prepare<object, StoredAlert>(sql).all({ state, device, severity, rule, before, limit });
  }

  /** Somebody looks after it. Throws InputError when it has ended. */
  acknowledge({ id, by, note, atUs }: AlertDeed): StoredAlert {
    return this.#db.transaction(() => {
      this.#requireOpen(id);
      const sql = `UPDATE alerts SET state = 'acknowledged', acknowledged_us = @atUs, acknowledged_by = @by, note = @note WHERE id = @id`;
      this.#db.prepare(sql).run({ id, by, note, atUs });
      this.#event.run(id, "acknowledged", atUs);
      return this.#requireOpen(id);
    })();
  }

  /** By hand. Throws InputError when it has ended already. */
  clear({ id, by, note, atUs }: AlertDeed): StoredAlert {
    return this.#db.transaction(() => {
      const before = this.#requireOpen(id);
      this.#clear.run({ id, atUs, by, note });
      this.#event.run(id, "cleared", atUs);
      return { ...before, state: "cleared" as const, clearedUs: atUs, clearedBy: by };
    })();
  }

  scopes(): StoredScope[] {
    const rows = this.#db
      .prepare<[], { scope: string; settings: string }>("SELECT scope, settings FROM alert_scopes ORDER BY scope")
      .all();
    return rows.map(({ scope, settings }) => ({ scope, settings: JSON.parse(settings) as ScopeSettings }));
  }

  /** Undefined = nothing is set there any more. */
  setScope(scope: string, settings: ScopeSettings | undefined): void {
    if (!settings) {
      this.#db.prepare("DELETE FROM alert_scopes WHERE scope = ?").run(scope);
      return;
    }
    const sql = "INSERT INTO alert_scopes VALUES (?, ?) ON CONFLICT (scope) DO UPDATE SET settings = excluded.settings";
    this.#db.prepare(sql).run(scope, JSON.stringify(settings));
  }

  /** Devices whose login in use ends before `beforeUs`, since they have not taken a new one into use. */
  endingLogins(beforeUs: number): { subject: string; endsUs: number }[] {
    const sql = `SELECT device subject, max(expires_us) endsUs FROM credentials c
      WHERE revoked_us = 0 AND used_us > 0 AND expires_us > 0
        AND NOT EXISTS (SELECT 1 FROM credentials n WHERE n.device = c.device AND n.revoked_us = 0 AND n.used_us > 0 AND n.expires_us = 0)
        AND EXISTS (SELECT 1 FROM credentials n WHERE n.device = c.device AND n.revoked_us = 0 AND n.expires_us = 0)
      GROUP BY device HAVING max(expires_us) < ?`;
    return this.#db.prepare<[number], { subject: string; endsUs: number }>(sql).all(beforeUs);
  }

  /** Forgets what ended before this; nobody waits to be told of it any more. Returns how many. */
  prune(beforeUs: number): number {
    const sql = `DELETE FROM alerts WHERE state = 'cleared' AND cleared_us < ?`;
    return this.#db.prepare(sql).run(beforeUs).changes;
  }

  #applyOne(change: AlertChange): void {
    const { kind, subject, rule, atUs } = change;
    if (kind === "updated") {
      this.#update.run(change);
    } else if (kind === "raised") {
      const { changes, lastInsertRowid } = this.#insert.run(change);
      if (changes > 0) this.#event.run(lastInsertRowid, "raised", atUs);
    } else {
      const open = this.#openOf.get({ subject, rule });
      if (!open) return;
      this.#clear.run({ id: open.id, atUs, by: "", note: "" });
      this.#event.run(open.id, "cleared", atUs);
    }
  }

  #requireOpen(id: number): StoredAlert {
    const alert = this.get(id);
    if (!alert) throw new InputError(`No alert ${id}`);
    if (alert.state === "cleared") throw new InputError(`Alert ${id} has ended already`);
    return alert;
  }
}
