/**
 * The beats of an earlier Tactus' cloud.db (a row a beat) into history.db, once. Batch by batch in order, each slice with its place
 * in one transaction: after a kill it goes on where it was. Every call blocks.
 */
import { existsSync, renameSync } from "node:fs";
import type { Beat, HistoryBatch } from "@tactus/shared";
import Database from "better-sqlite3";
import type { HistoryTables } from "./history-tables.js";
import { CLOUD_DB_MIGRATIONS, migrateSync } from "./migrations/migrate.js";
import { packBatch } from "./tail.js";

interface OldBatch {
  id: number;
  deviceId: string;
  session: string;
  sequence: number;
  receivedAtUs: number;
  late: 0 | 1;
  monotonicUs: number | null;
  offsetUs: number | null;
  uncertaintyUs: number | null;
  synchronised: 0 | 1 | null;
}

const PLACE = "cloud_db_moved_to";
const LEDGER = "cloud_db_ledger_moved";
const SLICE = 200;

/** Returns what is to be said about it; undefined = there was nothing to move. */
export function moveCloudDbSync(
  from: string,
  options: { db: Database.Database; tables: HistoryTables },
): string | undefined {
  if (!existsSync(from)) return undefined;
  const old = new Database(from, { fileMustExist: true });
  try {
    migrateSync(old, CLOUD_DB_MIGRATIONS);
    old.exec("CREATE INDEX IF NOT EXISTS moving ON beats (batch, position)");
    const moved = moveBatches(old, options);
    moveLedger(old, options.db);
    prove(old, options);
    old.close();
    const kept = `${from}.moved`;
    for (const end of ["-wal", "-shm", ""]) if (existsSync(from + end)) renameSync(from + end, kept + end);
    return `${moved} batches of ${from} are in history.db now; the old file is kept as ${kept} and may be deleted`;
  } finally {
    if (old.open) old.close();
  }
}

function moveBatches(old: Database.Database, { db, tables }: { db: Database.Database; tables: HistoryTables }): number {
  const read = old.prepare<[number, number], OldBatch>(
    `SELECT b.id, slug deviceId, session, sequence, received_us receivedAtUs, late, monotonic_us monotonicUs,
       clock_offset_us offsetUs, clock_uncertainty_us uncertaintyUs, synchronised
     FROM batches b JOIN devices d ON d.id = b.device WHERE b.id > ? ORDER BY b.id LIMIT ?`,
  );
  const beatsOf = old.prepare<[number], Beat>(
    `SELECT beat_id beatId, at_us atUs, beat_in_bar beatInBar, beats_per_bar beatsPerBar, bar, bpm, confidence, source
     FROM beats WHERE batch = ? ORDER BY position`,
  );
  const place = db.prepare<[string, number]>("INSERT OR REPLACE INTO facts VALUES (?, ?)");
  let after = factOf(db, PLACE);
  for (;;) {
    const batches = read.all(after, SLICE);
    if (batches.length === 0) return after;
    after = batches.at(-1)?.id ?? after;
    db.transaction(() => {
      tables.append(batches.map((row) => packed(row, beatsOf.all(row.id))));
      place.run(PLACE, after);
    })();
  }
}

/** A batch of which only the number is kept had no beats: its ledger is moved with the rest of it. */
function packed(row: OldBatch, beats: Beat[]) {
  const { deviceId, receivedAtUs, session, sequence, late, monotonicUs, offsetUs, uncertaintyUs, synchronised } = row;
  const clock =
    monotonicUs === null
      ? {}
      : {
          clock: {
            monotonicUs,
            offsetUs: offsetUs ?? 0,
            uncertaintyUs: uncertaintyUs ?? 0,
            synchronised: synchronised === 1,
          },
        };
  const none = beats.length === 0 ? { ledger: { day: 0, produced: 0, lost: 0, unaccounted: 0 } } : {};
  const batch: HistoryBatch = { v: 1, session, sequence, beats, ...(late ? { late: true } : {}), ...clock, ...none };
  return { ...packBatch({ deviceId, receivedAtUs, batch }), isInLedger: true };
}

function moveLedger(old: Database.Database, db: Database.Database): void {
  if (factOf(db, LEDGER) === 1) return;
  const days = old
    .prepare<[], object>(
      "SELECT slug, day, received, recovered, lost, unaccounted FROM ledger JOIN devices ON devices.id = ledger.device",
    )
    .all();
  const produced = old
    .prepare<[], object>(
      `SELECT slug, day, session name, produced FROM ledger_sessions s JOIN devices ON devices.id = s.device`,
    )
    .all();
  const device = "(SELECT id FROM devices WHERE slug = @slug)";
  const addDay = db.prepare<object>(
    `INSERT INTO ledger VALUES (${device}, @day, @received, @recovered, @lost, @unaccounted)
     ON CONFLICT DO UPDATE SET received = received + @received, recovered = recovered + @recovered,
       lost = lost + @lost, unaccounted = unaccounted + @unaccounted`,
  );
  const addProduced = db.prepare<object>(
    `INSERT INTO ledger_sessions VALUES (${device}, @day,
       (SELECT id FROM sessions WHERE device = ${device} AND name = @name), @produced)
     ON CONFLICT DO UPDATE SET produced = max(produced, @produced)`,
  );
  db.transaction(() => {
    for (const day of days) addDay.run(day);
    for (const row of produced) addProduced.run(row);
    db.prepare<[string, number]>("INSERT OR REPLACE INTO facts VALUES (?, ?)").run(LEDGER, 1);
  })();
}

/** Throws when a beat is missing: the old file stays what counts, and the move is tried again at the next start. */
function prove(old: Database.Database, { tables }: { tables: HistoryTables }): void {
  const counts = old.prepare<[], { deviceId: string; beats: number }>(
    "SELECT slug deviceId, count(at_us) beats FROM devices LEFT JOIN beats ON beats.device = devices.id GROUP BY slug",
  );
  for (const { deviceId, beats } of counts.iterate()) {
    const there = tables.extent(deviceId).beats;
    if (there < beats)
      throw new Error(`Of ${beats} beats of ${deviceId} in ${old.name} only ${there} are in history.db`);
  }
}

function factOf(db: Database.Database, name: string): number {
  return db.prepare<[string], { value: number }>("SELECT value FROM facts WHERE name = ?").get(name)?.value ?? 0;
}
