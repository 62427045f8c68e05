/** Layers of configuration, twins and commands in fleet.db. Every call blocks and is one transaction. */
import {
  type CommandAction,
  type CommandResult,
  type DesiredModel,
  InputError,
  type RemoteConfig,
  TwinReported,
} from "@tactus/shared";
import type { Database } from "better-sqlite3";
import { type ConfigLayers, isSame, type Scope, wantedConfig } from "./config-layers.js";

export interface LayerName {
  scope: Scope;
  /** "" for the fleet, a venue, or a device id. */
  subject: string;
}

/** One state of a layer; version 0 = it was never touched. */
export interface LayerState {
  version: number;
  config: RemoteConfig;
  atUs: number;
  by: string;
}

export interface LayerChange extends LayerName {
  config: RemoteConfig;
  by: string;
  atUs: number;
  /** The change is refused when another one came between; undefined = whatever is there. */
  expectedVersion?: number | undefined;
}

/** What is wanted of a device: `twin/desired` without its envelope. */
export interface Wanted {
  config: RemoteConfig;
  model?: DesiredModel;
}

export interface StoredTwin {
  device: string;
  version: number;
  wanted: Wanted;
  changedAtUs: number;
  reported: TwinReported | undefined;
  reportedAtUs: number;
}

export type ComposedTwin = Omit<StoredTwin, "reported" | "reportedAtUs">;

export interface StoredCommand {
  device: string;
  requestId: string;
  by: string;
  atUs: number;
  expiresAtUs: number;
  command: CommandAction;
  /** `sent`: the box has not answered yet. */
  state: CommandResult["state"] | "sent";
  message: string;
  resultAtUs: number;
}

interface TwinRow extends Omit<StoredTwin, "wanted" | "reported"> {
  wanted: string;
  reported: string | null;
}

const UNTOUCHED: LayerState = { version: 0, config: {}, atUs: 0, by: "" };
const LAYER_COLUMNS = "version, config, at_us atUs, by";
const TWIN_COLUMNS = "device, version, wanted, changed_at_us changedAtUs, reported, reported_at_us reportedAtUs";
const COMMAND_COLUMNS =
  "device, request_id requestId, by, at_us atUs, expires_at_us expiresAtUs, command, state, message, result_at_us resultAtUs";
/** Commands kept of each device, the newest. */
const KEPT_COMMANDS = 200;

export class TwinTables {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  layer({ scope, subject }: LayerName): LayerState {
    return this.#layers(scope, subject, 1)[0] ?? UNTOUCHED;
  }

  /** The states a layer had, newest first. */
  layerHistory({ scope, subject }: LayerName, limit: number): LayerState[] {
    return this.#layers(scope, subject, limit);
  }

  layersOf(device: string): ConfigLayers {
    const [venue = ""] = device.split(".");
    return {
      fleet: this.layer({ scope: "fleet", subject: "" }).config,
      venue: this.layer({ scope: "venue", subject: venue }).config,
      device: this.layer({ scope: "device", subject: device }).config,
    };
  }

  /** The same of many devices at once; `of` is the device. */
  layersOfEach(devices: readonly string[]): (ConfigLayers & { of: string })[] {
    const sql = `SELECT asked.value "of", c.scope, c.config FROM json_each(?) asked CROSS JOIN config_changes c
       ON c.version = (SELECT max(version) FROM config_changes WHERE scope = c.scope AND subject = c.subject)
         AND ((c.scope = 'fleet' AND c.subject = '') OR (c.scope = 'device' AND c.subject = asked.value)
           OR (c.scope = 'venue' AND c.subject = substr(asked.value, 1, instr(asked.value, '.') - 1)))`;
    const rows = this.#db.prepare<[string], { of: string; scope: Scope; config: string }>(sql);
    const layers = new Map(devices.map((of) => [of, { of, fleet: {}, venue: {}, device: {} }]));
    for (const { of, scope, config } of rows.all(JSON.stringify(devices))) {
      const found = layers.get(of);
      if (found) found[scope] = JSON.parse(config) as RemoteConfig;
    }
    return [...layers.values()];
  }

  /** Returns the new state; the present one where nothing changes, undefined when somebody else was quicker. */
  changeLayer({ scope, subject, config, by, atUs, expectedVersion }: LayerChange): LayerState | undefined {
    return this.#db.transaction(() => {
      const present = this.layer({ scope, subject });
      if (expectedVersion !== undefined && expectedVersion !== present.version) return undefined;
      if (isSame(present.config, config)) return present;
      const next = { version: present.version + 1, config, atUs, by };
      this.#db
        .prepare(
          `INSERT INTO config_changes (scope, subject, version, at_us, by, config)
           VALUES (@scope, @subject, @version, @atUs, @by, @config)`,
        )
        .run({ ...next, scope, subject, config: JSON.stringify(config) });
      return next;
    })();
  }

  twins(): StoredTwin[] {
    return (this.#db.prepare(`SELECT ${TWIN_COLUMNS} FROM twins`).all() as TwinRow[]).map(twinOf);
  }

  setModel(device: string, model: DesiredModel | undefined): void {
    if (model === undefined) this.#db.prepare("DELETE FROM twin_models WHERE device = ?").run(device);
    else this.#db.prepare("INSERT OR REPLACE INTO twin_models VALUES (?, ?)").run(device, JSON.stringify(model));
  }

  /**
   * What is wanted of these devices, as layers and models say now; returns those for which it is not what it was before.
   * `floors`: a version that the device says it has worked through; the next one is above it.
   */
  recompose(devices: readonly string[], atUs: number, floors: Record<string, number> = {}): ComposedTwin[] {
    const find = this.#db.prepare(`SELECT ${TWIN_COLUMNS} FROM twins WHERE device = ?`);
    const put = this.#db.prepare(
      `INSERT INTO twins (device, version, wanted, changed_at_us) VALUES (@device, @version, @wanted, @changedAtUs)
       ON CONFLICT (device) DO UPDATE SET version = @version, wanted = @wanted, changed_at_us = @changedAtUs`,
    );
    return this.#db.transaction(() =>
      devices.flatMap((device): ComposedTwin[] => {
        const row = find.get(device) as TwinRow | undefined;
        const present = row ? twinOf(row) : undefined;
        const wanted = this.#wantedOf(device);
        const floor = floors[device] ?? 0;
        if (present && isSame(present.wanted, wanted) && present.version >= floor) return [];
        const version = Math.max(present?.version ?? 0, floor) + 1;
        put.run({ device, version, wanted: JSON.stringify(wanted), changedAtUs: atUs });
        return [{ device, version, wanted, changedAtUs: atUs }];
      }),
    )();
  }

  saveReports(reports: readonly { device: string; reported: TwinReported; atUs: number }[]): void {
    const save = this.#db.prepare(
      "UPDATE twins SET reported = @reported, reported_at_us = @atUs WHERE device = @device",
    );
    this.#db.transaction(() => {
      for (const { device, reported, atUs } of reports) save.run({ device, reported: JSON.stringify(reported), atUs });
    })();
  }

  /** The command as it stands; it is added when its request is new. Throws InputError when the same request meant another one. */
  addCommand(command: StoredCommand): { isNew: boolean; command: StoredCommand } {
    return this.#db.transaction(() => {
      const known = this.command(command.device, command.requestId);
      if (known && !isSame(known.command, command.command)) {
        throw new InputError(`Request "${command.requestId}" was for another command: choose another requestId`);
      }
      if (known) return { isNew: false, command: known };
      this.#db
        .prepare(
          `INSERT INTO commands (device, request_id, by, at_us, expires_at_us, command, state, message, result_at_us)
           VALUES (@device, @requestId, @by, @atUs, @expiresAtUs, @command, @state, @message, @resultAtUs)`,
        )
        .run({ ...command, command: JSON.stringify(command.command) });
      this.#db
        .prepare(
          `DELETE FROM commands WHERE device = @device AND id NOT IN
             (SELECT id FROM commands WHERE device = @device ORDER BY id DESC LIMIT ${KEPT_COMMANDS})`,
        )
        .run({ device: command.device });
      return { isNew: true, command };
    })();
  }

  /** An end is the end: nothing that comes later changes it. Undefined: no such request is known, or it has ended. */
  settleCommand(device: string, result: CommandResult, atUs: number): StoredCommand | undefined {
    const { changes } = this.#db
      .prepare(
        `UPDATE commands SET state = @state, message = @message, result_at_us = @atUs
         WHERE device = @device AND request_id = @requestId AND state IN ('sent', 'accepted')`,
      )
      .run({ device, atUs, state: result.state, message: result.message, requestId: result.requestId });
    return changes === 0 ? undefined : this.command(device, result.requestId);
  }

  command(device: string, requestId: string): StoredCommand | undefined {
    return this.#commands("request_id = @requestId", { device, requestId, limit: 1 })[0];
  }

  /** Newest first. */
  commands(device: string, limit: number): StoredCommand[] {
    return this.#commands("1", { device, limit });
  }

  #commands(where: string, values: { device: string; limit: number; requestId?: string }): StoredCommand[] {
    const sql = `SELECT ${COMMAND_COLUMNS} FROM commands WHERE device = @device AND ${where} ORDER BY id DESC LIMIT @limit`;
    const rows = this.#db.prepare(sql).all(values) as (Omit<StoredCommand, "command"> & { command: string })[];
    return rows.map((row) => ({ ...row, command: JSON.parse(row.command) as CommandAction }));
  }

  #layers(scope: Scope, subject: string, limit: number): LayerState[] {
    const sql = `SELECT ${LAYER_COLUMNS} FROM config_changes WHERE scope = ? AND subject = ? ORDER BY version DESC LIMIT ?`;
    const rows = this.#db.prepare(sql).all(scope, subject, limit) as (Omit<LayerState, "config"> & {
      config: string;
    })[];
    return rows.map((row) => ({ ...row, config: JSON.parse(row.config) as RemoteConfig }));
  }

  #wantedOf(device: string): Wanted {
    const row = this.#db.prepare("SELECT model FROM twin_models WHERE device = ?").get(device) as
      | { model: string }
      | undefined;
    const config = wantedConfig(this.layersOf(device));
    return row ? { config, model: JSON.parse(row.model) as DesiredModel } : { config };
  }
}

/** A report that an older cloud has stored may lack what is wanted now: then nothing was reported. */
function twinOf({ wanted, reported, ...row }: TwinRow): StoredTwin {
  const parsed = reported === null ? undefined : TwinReported.safeParse(JSON.parse(reported));
  return { ...row, wanted: JSON.parse(wanted) as Wanted, reported: parsed?.data };
}
