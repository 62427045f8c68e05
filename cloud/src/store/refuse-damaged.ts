/** A damaged database into an error that says what to do about it. */
import { InputError } from "@tactus/shared";
import type { Database } from "better-sqlite3";
import { isDamage } from "./sqlite-errors.js";

/** Blocks for some milliseconds a megabyte. Throws InputError; the file stays as it is. */
export function refuseDamagedSync(db: Database): void {
  const said = checked(db);
  if (said === "ok") return;
  const { name } = db;
  db.close();
  throw new InputError(
    `${name} is damaged (${said}). It holds the fleet's logins and settings: put a backup in its place, or read out what can be ` +
      `read (sqlite3 ${name} .recover | sqlite3 fleet-new.db), or move it away to begin without any device`,
  );
}

function checked(db: Database): string {
  try {
    return db.pragma("quick_check(1)", { simple: true }) as string;
  } catch (error) {
    if (isDamage(error)) return (error as Error).message;
    throw error;
  }
}
