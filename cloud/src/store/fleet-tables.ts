/** Everything the cloud knows of its fleet beside beats, in one SQLite file, table group by table group. Every call blocks. */
import Database from "better-sqlite3";
import { AlertTables } from "../alerts/alert-tables.js";
import { NoticeTables } from "../alerts/notify/notice-tables.js";
import { AuditTables } from "../audit/audit-tables.js";
import { CredentialTables } from "../identity/credential-tables.js";
import { IdentityTables } from "../identity/identity-tables.js";
import { AnswerTables } from "../middleware/answer-tables.js";
import { RegistryTables } from "../models/registry-tables.js";
import { RolloutTables } from "../rollouts/rollout-tables.js";
import { TelemetryTables } from "../telemetry/telemetry-tables.js";
import { TrackTables } from "../tracks/track-tables.js";
import { TwinTables } from "../twin/twin-tables.js";
import { UserTables } from "../users/user-tables.js";
import { DeviceTables } from "./device-tables.js";
import { FLEET_MIGRATIONS } from "./fleet-migrations.js";
import { migrateSync } from "./migrations/migrate.js";
import { refuseDamagedSync } from "./refuse-damaged.js";

/** One group for each part of the cloud; each call is one transaction, on disk when it returns. */
export function fleetTables(db: Database.Database) {
  return {
    devices: new DeviceTables(db),
    audit: new AuditTables(db),
    alerts: new AlertTables(db),
    notices: new NoticeTables(db),
    identity: new IdentityTables(db),
    credentials: new CredentialTables(db),
    twins: new TwinTables(db),
    registry: new RegistryTables(db),
    rollouts: new RolloutTables(db),
    telemetry: new TelemetryTables(db),
    users: new UserTables(db),
    answers: new AnswerTables(db),
    tracks: new TrackTables(db),
  };
}
export type FleetTables = ReturnType<typeof fleetTables>;

/**
 * Opens or creates the file and brings it to the present shape. Throws InputError for one that is damaged: it holds who may come
 * in, which must not begin anew unasked.
 */
export function openFleetSync(file: string): Database.Database {
  const db = new Database(file);
  refuseDamagedSync(db);
  db.pragma("journal_mode = WAL");
  db.pragma("synchronous = FULL");
  db.pragma("journal_size_limit = 16777216");
  db.pragma("foreign_keys = ON");
  migrateSync(db, FLEET_MIGRATIONS);
  return db;
}
