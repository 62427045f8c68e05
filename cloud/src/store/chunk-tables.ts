/** The beats themselves on disk: a minute of a session's monotonic clock a row. Every call blocks. */
import type { Beat } from "@tactus/shared";
import type { Database } from "better-sqlite3";
import { decodeChunk, encodeChunk } from "./chunk-codec.js";
import type { Era } from "./dating.js";
import type { Session } from "./session-book.js";

export interface ChunkRow {
  id: number;
  session: number;
  era: number;
  fromUs: number;
  data: Uint8Array;
}

export interface ChunkPlace {
  session: Session;
  minute: number;
  era: Era;
}

/** No chunk lasts longer by the date than this: its minute, and what its era may hide. Microseconds. */
export const LONGEST_CHUNK_US = 64_000_000;
const COLUMNS = "id, session, era, from_us fromUs, data";

export class ChunkTables {
  readonly #sql;

  constructor(db: Database) {
    this.#sql = {
      at: db.prepare<object, { id: number; data: Uint8Array }>(
        "SELECT id, data FROM chunks WHERE session = @session AND minute = @minute AND era = @era",
      ),
      insert: db.prepare<object>(
        `INSERT INTO chunks (device, session, minute, era, from_us, data)
         VALUES (@device, @session, @minute, @era, @fromUs, @data)`,
      ),
      update: db.prepare<object>("UPDATE chunks SET from_us = @fromUs, data = @data WHERE id = @id"),
      move: db.prepare<object>("UPDATE chunks SET from_us = @fromUs WHERE id = @id"),
      ofEra: db.prepare<object, ChunkRow>(`SELECT ${COLUMNS} FROM chunks WHERE session = @session AND era = @era`),
      range: db.prepare<object, ChunkRow>(
        `SELECT ${COLUMNS} FROM chunks WHERE device = @device AND from_us >= @fromUs AND from_us < @toUs ORDER BY from_us`,
      ),
      first: db.prepare<object, { fromUs: number | null }>(
        "SELECT min(from_us) fromUs FROM chunks WHERE device = @device",
      ),
      last: db.prepare<object, { fromUs: number | null }>(
        "SELECT max(from_us) fromUs FROM chunks WHERE device = @device",
      ),
    };
  }

  /** Puts the beats in order among those that are there. */
  add({ session, minute, era }: ChunkPlace, beats: readonly Beat[]): void {
    const at = { session: session.id, minute, era: era.era };
    const present = this.#sql.at.get(at);
    const all = present ? [...decodeChunk(session.name, present.data), ...beats] : [...beats];
    all.sort((one, other) => one.atUs - other.atUs);
    const row = { data: encodeChunk(session.name, all), fromUs: (all[0]?.atUs ?? 0) + era.shiftUs };
    if (present) this.#sql.update.run({ id: present.id, ...row });
    else this.#sql.insert.run({ device: session.device.id, ...at, ...row });
  }

  /** Calls back with each chunk of the era; whatever it returns is the chunk's new date. */
  redate(session: Session, era: Era, date: (chunk: ChunkRow) => number): void {
    for (const chunk of this.#sql.ofEra.all({ session: session.id, era: era.era })) {
      this.#sql.move.run({ id: chunk.id, fromUs: date(chunk) });
    }
  }

  /** Chunks that may hold beats of fromUs ≤ date < toUs, by the date of their first beat. */
  range(device: number, { fromUs, toUs }: { fromUs: number; toUs: number }): IterableIterator<ChunkRow> {
    return this.#sql.range.iterate({ device, fromUs: fromUs - LONGEST_CHUNK_US, toUs });
  }

  /** Dates of the first beats of the first and the last chunk. */
  extent(device: number): { firstUs: number; lastUs: number } | undefined {
    const firstUs = this.#sql.first.get({ device })?.fromUs;
    const lastUs = this.#sql.last.get({ device })?.fromUs;
    return firstUs == null || lastUs == null ? undefined : { firstUs, lastUs };
  }
}
