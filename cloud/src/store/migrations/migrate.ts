/** A database of any earlier shape into the present one. */
import { InputError } from "@tactus/shared";
import type { Database } from "better-sqlite3";
import { devicesAndHistory } from "./0001-devices-and-history.js";
import { ledger } from "./0002-ledger.js";
import type { Migration } from "./migration.js";

/** The shapes of cloud.db, which an earlier Tactus kept. */
export const CLOUD_DB_MIGRATIONS: readonly Migration[] = [devicesAndHistory, ledger];

/** Each step and its number are committed together. Throws InputError for a database newer than this software. */
export function migrateSync(db: Database, migrations: readonly Migration[]): void {
  const newest = migrations.at(-1)?.version ?? 0;
  const present = db.pragma("user_version", { simple: true }) as number;
  if (present > newest) {
    throw new InputError(
      `Database ${db.name} has shape ${present}, this software knows up to ${newest}: update Tactus`,
    );
  }
  for (const step of migrations) {
    if (step.version <= present) continue;
    db.transaction(() => {
      db.exec(step.sql);
      db.pragma(`user_version = ${step.version}`);
    })();
  }
}
