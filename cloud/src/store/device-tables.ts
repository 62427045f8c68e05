/** The devices that were ever seen, and their tags. */
import { InputError } from "@tactus/shared";
import type { Database } from "better-sqlite3";

export interface StoredDevice {
  deviceId: string;
  name: string;
  version: string;
  model: string;
  tags: string[];
  firstSeenUs: number;
  lastSeenUs: number;
}

/** What is new about a device; the first sight of it adds it. */
export type DeviceSighting = Omit<StoredDevice, "firstSeenUs" | "tags">;

type Row = Omit<StoredDevice, "tags"> & { tags: string };

const COLUMNS = "slug deviceId, name, version, model, tags, first_seen_us firstSeenUs, last_seen_us lastSeenUs";

export class DeviceTables {
  readonly #db: Database;
  readonly #sight;
  readonly #setTags;

  constructor(db: Database) {
    this.#db = db;
    this.#sight = db.prepare<DeviceSighting>(
      `INSERT INTO devices (slug, name, version, model, first_seen_us, last_seen_us)
       VALUES (@deviceId, @name, @version, @model, @lastSeenUs, @lastSeenUs)
       ON CONFLICT (slug) DO UPDATE SET name = @name, version = @version, model = @model,
         last_seen_us = max(last_seen_us, @lastSeenUs)`,
    );
    this.#setTags = db.prepare<{ deviceId: string; tags: string }>(
      "UPDATE devices SET tags = @tags WHERE slug = @deviceId",
    );
  }

  list(): StoredDevice[] {
    const rows = this.#db.prepare<[], Row>(`SELECT ${COLUMNS} FROM devices ORDER BY slug`).all();
    return rows.map((row) => ({ ...row, tags: JSON.parse(row.tags) as string[] }));
  }

  sight(sightings: DeviceSighting[]): void {
    this.#db.transaction(() => {
      for (const sighting of sightings) this.#sight.run(sighting);
    })();
  }

  /** Throws InputError for a device that was never seen. */
  setTags(deviceId: string, tags: string[]): void {
    const { changes } = this.#setTags.run({ deviceId, tags: JSON.stringify([...new Set(tags)].sort()) });
    if (changes === 0) throw new InputError(`No device "${deviceId}" has ever been seen here`);
  }

  /** Forgets the device; what it has reported stays. */
  remove(deviceId: string): void {
    this.#db.prepare("DELETE FROM devices WHERE slug = ?").run(deviceId);
  }
}
