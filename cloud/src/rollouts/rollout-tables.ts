/** Venues, rollouts with their devices, decisions and evidence, and operators' pins, in SQLite. */
import type { Database } from "better-sqlite3";
import type { DeviceHealth, RolloutHealth } from "./health-book.js";
import type { Decision, ModelPin, Rollout, RolloutDevice, RolloutProgress } from "./rollout.js";
import type { VenueSettings } from "./venue.js";

export interface StoredVenue {
  venue: string;
  settings: VenueSettings;
  updatedUs: number;
}

/** What one step of a rollout changes: all of it or nothing. */
export interface RolloutChange {
  rollout: string;
  progress?: RolloutProgress | undefined;
  members: readonly RolloutDevice[];
  leave: readonly string[];
  decision?: Decision | undefined;
}

interface RolloutRow {
  number: number;
  id: string;
  createdAtUs: number;
  createdBy: string;
  kind: Rollout["kind"];
  salt: string;
  spec: string;
  progress: string;
}

/** Of one rollout: more is not shown, the oldest go. */
const MAX_DECISIONS = 1000;
const COLUMNS = "number, id, created_us createdAtUs, created_by createdBy, kind, salt, spec, progress";

export class RolloutTables {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  venues(): StoredVenue[] {
    const rows = this.#db.prepare<[], { venue: string; settings: string; updatedUs: number }>(
      "SELECT venue, settings, updated_us updatedUs FROM venues ORDER BY venue",
    );
    return rows.all().map((row) => ({ ...row, settings: JSON.parse(row.settings) as VenueSettings }));
  }

  putVenue({ venue, settings, updatedUs }: StoredVenue): void {
    this.#db
      .prepare(
        "INSERT INTO venues VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET settings = excluded.settings, updated_us = excluded.updated_us",
      )
      .run(venue, JSON.stringify(settings), updatedUs);
  }

  /** Oldest first, without devices and decisions; at most the newest `limit`. */
  list(limit: number): Rollout[] {
    const rows = this.#db.prepare<[number], RolloutRow>(`SELECT ${COLUMNS} FROM rollouts ORDER BY number DESC LIMIT ?`);
    return rows.all(limit).map(rolloutOf).reverse();
  }

  /** The rollout that was made under this key; undefined = none. */
  byKey(idempotencyKey: string): Rollout | undefined {
    const row = this.#db
      .prepare<[string], RolloutRow>(`SELECT ${COLUMNS} FROM rollouts WHERE idempotency_key = ?`)
      .get(idempotencyKey);
    return row && rolloutOf(row);
  }

  /** With its first decision; `number` is given here. */
  create(rollout: Omit<Rollout, "number">, decision: Decision, idempotencyKey?: string): Rollout {
    return this.#db.transaction(() => {
      const { lastInsertRowid } = this.#db
        .prepare(
          `INSERT INTO rollouts (id, created_us, created_by, kind, salt, spec, state, progress, idempotency_key)
           VALUES (@id, @createdAtUs, @createdBy, @kind, @salt, @spec, @state, @progress, @key)`,
        )
        .run({
          ...rollout,
          spec: JSON.stringify(rollout.spec),
          state: rollout.progress.state,
          progress: JSON.stringify(rollout.progress),
          key: idempotencyKey ?? null,
        });
      this.#addDecision(rollout.id, decision);
      return { ...rollout, number: Number(lastInsertRowid) };
    })();
  }

  members(rollout: string): RolloutDevice[] {
    const rows = this.#db.prepare<[string], { member: string }>(
      "SELECT member FROM rollout_devices WHERE rollout = ? ORDER BY device",
    );
    return rows.all(rollout).map(({ member }) => JSON.parse(member) as RolloutDevice);
  }

  change(changes: readonly RolloutChange[]): void {
    this.#db.transaction(() => {
      for (const change of changes) this.#change(change);
    })();
  }

  #change({ rollout, progress, members, leave, decision }: RolloutChange): void {
    if (progress) {
      this.#db
        .prepare("UPDATE rollouts SET state = ?, progress = ? WHERE id = ?")
        .run(progress.state, JSON.stringify(progress), rollout);
    }
    const put = this.#db.prepare(
      "INSERT INTO rollout_devices VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET member = excluded.member",
    );
    for (const member of members) put.run(rollout, member.deviceId, JSON.stringify(member));
    const remove = this.#db.prepare("DELETE FROM rollout_devices WHERE rollout = ? AND device = ?");
    for (const device of leave) remove.run(rollout, device);
    if (decision) this.#addDecision(rollout, decision);
  }

  #addDecision(rollout: string, decision: Decision): void {
    this.#db
      .prepare("INSERT INTO rollout_decisions (rollout, at_us, decision) VALUES (?, ?, ?)")
      .run(rollout, decision.atUs, JSON.stringify(decision));
    this.#db
      .prepare(
        `DELETE FROM rollout_decisions WHERE rollout = @rollout AND id NOT IN
           (SELECT id FROM rollout_decisions WHERE rollout = @rollout ORDER BY id DESC LIMIT ${MAX_DECISIONS})`,
      )
      .run({ rollout });
  }

  /** Oldest first. */
  decisions(rollout: string): Decision[] {
    const rows = this.#db.prepare<[string], { decision: string }>(
      "SELECT decision FROM rollout_decisions WHERE rollout = ? ORDER BY id",
    );
    return rows.all(rollout).map(({ decision }) => JSON.parse(decision) as Decision);
  }

  /** Of each rollout the newest, newest first; `of` is the rollout. */
  decisionsOf(rollouts: readonly string[], last: number): (Decision & { of: string })[] {
    const sql = `SELECT rollout "of", decision FROM (
         SELECT rollout, id, decision, row_number() OVER (PARTITION BY rollout ORDER BY id DESC) place
         FROM rollout_decisions WHERE rollout IN (SELECT value FROM json_each(@rollouts)))
       WHERE place <= @last ORDER BY rollout, id DESC`;
    const rows = this.#db.prepare<object, { of: string; decision: string }>(sql);
    return rows
      .all({ rollouts: JSON.stringify(rollouts), last })
      .map(({ of, decision }) => ({ ...(JSON.parse(decision) as Decision), of }));
  }

  health(rollout: string): RolloutHealth[] {
    const rows = this.#db.prepare<[string], { health: string }>("SELECT health FROM rollout_health WHERE rollout = ?");
    return rows.all(rollout).map(({ health }) => JSON.parse(health) as RolloutHealth);
  }

  deviceHealth(): DeviceHealth[] {
    const rows = this.#db.prepare<[], { health: string }>("SELECT health FROM device_health").all();
    return rows.map(({ health }) => JSON.parse(health) as DeviceHealth);
  }

  saveHealth(devices: readonly DeviceHealth[], rollouts: readonly RolloutHealth[]): void {
    this.#db.transaction(() => {
      const putDevice = this.#db.prepare(
        "INSERT INTO device_health VALUES (?, ?) ON CONFLICT DO UPDATE SET health = excluded.health",
      );
      for (const one of devices) putDevice.run(one.deviceId, JSON.stringify(one));
      const put = this.#db.prepare(
        "INSERT INTO rollout_health VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET health = excluded.health",
      );
      for (const one of rollouts) put.run(one.rollout, one.deviceId, JSON.stringify(one));
    })();
  }

  pins(): ModelPin[] {
    const rows = this.#db.prepare<[], { deviceId: string; model: string; by: string; atUs: number }>(
      "SELECT device deviceId, model, by, at_us atUs FROM model_pins ORDER BY device",
    );
    return rows.all().map((row) => ({ ...row, model: JSON.parse(row.model) as ModelPin["model"] }));
  }

  setPin({ deviceId, model, by, atUs }: ModelPin): void {
    this.#db
      .prepare(
        "INSERT INTO model_pins VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET model = excluded.model, by = excluded.by, at_us = excluded.at_us",
      )
      .run(deviceId, JSON.stringify(model), by, atUs);
  }

  removePin(deviceId: string): boolean {
    return this.#db.prepare("DELETE FROM model_pins WHERE device = ?").run(deviceId).changes > 0;
  }
}

function rolloutOf({ spec, progress, ...row }: RolloutRow): Rollout {
  return { ...row, spec: JSON.parse(spec) as Rollout["spec"], progress: JSON.parse(progress) as RolloutProgress };
}
