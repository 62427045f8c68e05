/** What can still be read of a damaged history.db into a new one, a little at a time. Every call blocks. */
import { existsSync, readdirSync, renameSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import Database from "better-sqlite3";
import { decodeChunk } from "./chunk-codec.js";
import { ChunkTables } from "./chunk-tables.js";
import { addTo, type Block, bucketOf, decodeBlock, TIERS } from "./rollup-block.js";
import { RollupChange, RollupTables } from "./rollup-tables.js";
import { SessionBook } from "./session-book.js";

const MARK = ".damaged-";
const PLACE = "salvage_after";
/** Chunks in one step. */
const STEP = 500;
/** Rows passed over where the file does not read. */
const GAP = 16;

/** Puts the file aside, under a name that says when. Returns that name. */
export function quarantineSync(file: string, nowMs: number): string {
  const stamp = new Date(nowMs).toISOString().replace(/[:.]/g, "").replace("Z", "");
  const kept = `${file}${MARK}${stamp}`;
  for (const end of ["", "-wal", "-shm"]) if (existsSync(file + end)) renameSync(file + end, kept + end);
  return kept;
}

/** The file that was put aside last. */
export function newestQuarantined(file: string): string | undefined {
  const mine = readdirSync(dirname(file)).filter((name) => name.startsWith(basename(file) + MARK));
  const newest = mine
    .filter((name) => !/-(wal|shm)$/.test(name))
    .sort()
    .at(-1);
  return newest && join(dirname(file), newest);
}

interface OldRow {
  [column: string]: number | string | Uint8Array;
}

export class Salvage {
  readonly #db: Database.Database;
  readonly #old: Database.Database;
  readonly #sql;
  #after: number;
  /** Rows that could not be read, as far as they can be counted. */
  unreadable = 0;
  chunks = 0;
  beats = 0;

  /** Throws when nothing of the old file can be read. */
  constructor(options: { db: Database.Database; from: string }) {
    this.#db = options.db;
    this.#old = new Database(options.from, { readonly: true });
    this.#old.prepare("SELECT count(*) FROM sqlite_master").get(); // opening alone reads nothing
    this.#sql = {
      fact: this.#db.prepare<[string], { value: number }>("SELECT value FROM facts WHERE name = ?"),
      setFact: this.#db.prepare<[string, number]>("INSERT OR REPLACE INTO facts VALUES (?, ?)"),
    };
    this.#after = this.#sql.fact.get(PLACE)?.value ?? -1;
  }

  /** A new file has been begun, and its salvage is not over. */
  static isPending(db: Database.Database): boolean {
    const row = db.prepare<[string], { value: number }>("SELECT value FROM facts WHERE name = ?").get(PLACE);
    return (row?.value ?? -1) >= 0;
  }

  /** Everything but the beats, at once: numbers of batches first, so that none is stored twice. */
  begin(): void {
    this.#db.transaction(() => {
      for (const table of ["devices", "sessions", "eras", "seen", "tail", "ledger", "ledger_sessions", "facts"]) {
        this.#copy(table);
      }
      this.#copyOldRollups();
      this.#sql.setFact.run(PLACE, 0);
    })();
    this.#after = 0;
  }

  /** False: there is nothing more. */
  step(): boolean {
    if (this.#after < 0) return false;
    return this.#db.transaction(() => {
      const rows = this.#chunkRows();
      if (rows.length === 0) this.#after = -1;
      this.#takeChunks(rows);
      this.#sql.setFact.run(PLACE, this.#after);
      return rows.length > 0;
    })();
  }

  close(): void {
    this.#old.close();
  }

  /** Forward to where it breaks, then backward from the end. */
  #copy(table: string): void {
    let width = 0;
    const seen = new Set<string>();
    for (const order of ["ASC", "DESC"]) {
      try {
        const rows = this.#old.prepare<[], OldRow>(`SELECT * FROM ${table} ORDER BY 1 ${order}`);
        for (const row of rows.iterate()) {
          const values = Object.values(row);
          width = values.length;
          const marks = Array.from({ length: width }, () => "?").join(", ");
          this.#db.prepare(`INSERT OR IGNORE INTO ${table} VALUES (${marks})`).run(...values);
          seen.add(String(values[0]));
        }
        return;
      } catch {
        this.unreadable++;
      }
    }
  }

  /** Buckets whose beats were given up in good order; all others are added up again from their chunks. */
  #copyOldRollups(): void {
    const keptFromS = (this.#sql.fact.get("kept_from_us_0")?.value ?? 0) / 1e6;
    if (keptFromS === 0) return;
    const rollups = new RollupTables(this.#db);
    try {
      const rows = this.#old.prepare<[], OldRow>("SELECT device, tier, block, session, data FROM rollups");
      for (const { device, tier, block, session, data } of rows.iterate()) {
        const known = TIERS.find(({ bucketS }) => bucketS === tier);
        if (!known) continue;
        const kept: Block = new Map();
        for (const [place, bucket] of decodeBlock(data as Uint8Array)) {
          if (Number(block) * known.blockS + place * known.bucketS < keptFromS) addTo(kept, place, bucket);
        }
        if (kept.size > 0)
          rollups.put(Number(device), {
            tier: known.bucketS,
            block: Number(block),
            session: Number(session),
            buckets: kept,
          });
      }
    } catch {
      this.unreadable++;
    }
  }

  #chunkRows(): OldRow[] {
    const read = this.#old.prepare<[number, number], OldRow>("SELECT * FROM chunks WHERE id > ? ORDER BY id LIMIT ?");
    try {
      const rows = read.all(this.#after, STEP);
      this.#after = Number(rows.at(-1)?.id ?? this.#after);
      return rows;
    } catch {
      return this.#oneByOne();
    }
  }

  /** Around a place that does not read. */
  #oneByOne(): OldRow[] {
    const one = this.#old.prepare<[number], OldRow>("SELECT * FROM chunks WHERE id = ?");
    const last = this.#sql.fact.get("salvage_last")?.value ?? this.#lastId();
    const rows: OldRow[] = [];
    for (let tries = 0; tries < STEP && this.#after < last; tries++) {
      this.#after++;
      try {
        const row = one.get(this.#after);
        if (row) rows.push(row);
      } catch {
        this.unreadable += GAP;
        this.#after += GAP - 1;
      }
    }
    if (this.#after >= last && rows.length === 0) return [];
    return rows.length > 0 ? rows : this.#oneByOne();
  }

  /** By whichever end can be read: rowids grow with time. */
  #lastId(): number {
    let last = 0;
    try {
      const row = this.#old.prepare<[], { id: number | null }>("SELECT max(id) id FROM chunks").get();
      last = row?.id ?? 0;
    } catch {
      last = this.#after + 1_000_000;
    }
    this.#sql.setFact.run("salvage_last", last);
    return last;
  }

  #takeChunks(rows: readonly OldRow[]): void {
    const book = new SessionBook(this.#db);
    book.recall();
    const chunks = new ChunkTables(this.#db);
    const rollups = new RollupTables(this.#db);
    const names = this.#db.prepare<[number], { name: string; notedUs: number }>(
      "SELECT name, noted_us notedUs FROM sessions WHERE id = ?",
    );
    for (const { device: key, session: id, minute, era: number, data } of rows) {
      const device = book.deviceOfKey(Number(key));
      const row = names.get(Number(id));
      const session = device && row && book.session(device, row.name, row.notedUs);
      const era = session?.eras.find(({ era: known }) => known === Number(number));
      if (!session || !era) {
        this.unreadable++;
        continue;
      }
      try {
        const beats = decodeChunk(session.name, data as Uint8Array);
        chunks.add({ session, minute: Number(minute), era }, beats);
        const change = new RollupChange();
        for (const beat of beats) change.add(beat.atUs + era.shiftUs, bucketOf(beat), era.isKnown ? 0 : session.id);
        rollups.add(session.device.id, change);
        this.chunks++;
        this.beats += beats.length;
      } catch {
        this.unreadable++;
      }
    }
  }
}
