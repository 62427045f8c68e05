/** Boxes that wait, boxes that have an address, and serials that were let in beforehand, in fleet.db. */
import { createHash } from "node:crypto";
import { codeText } from "@tactus/shared";
import type { Database } from "better-sqlite3";
import { fingerprintOf } from "./key-fingerprint.js";

export interface WaitingBox {
  id: string;
  publicKey: string;
  serial: string;
  codeHash: string;
  createdUs: number;
  expiresUs: number;
}

export interface Preauthorization {
  serial: string;
  /** Empty = any key: whoever shows this serial first. */
  keyFingerprint: string;
  device: string;
  name: string;
  tags: string[];
  by: string;
  createdUs: number;
  expiresUs: number;
}

/** Who is put where. */
export interface Placement {
  device: string;
  name: string;
  tags: string[];
  by: string;
}

export interface Box {
  device: string;
  /** Null: provisioned, without a key. */
  publicKey: string | null;
  serial: string;
  name: string;
  by: string;
  sinceUs: number;
}

export type Registration =
  | { outcome: "waiting" }
  /** The key, or the serial, belongs to this device. */
  | { outcome: "known"; device: string; promise?: Preauthorization }
  | { outcome: "full" };

export type ClaimOutcome = { outcome: "claimed" } | { outcome: "gone" } | { outcome: "taken" };

type Row = Omit<Preauthorization, "tags"> & { tags: string };

const CLAIM = "id, public_key publicKey, serial, code_hash codeHash, created_us createdUs, expires_us expiresUs";
const PREAUTHORIZATION =
  "serial, key_fingerprint keyFingerprint, device, name, tags, by, created_us createdUs, expires_us expiresUs";
const BOX = "device, public_key publicKey, serial, name, by, since_us sinceUs";

export class IdentityTables {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  /**
   * A box shows itself. One row for each key: a new code takes the place of the one before. A key that has an address, or
   * a serial that was let in beforehand, needs no code.
   */
  register(box: WaitingBox, { maxWaiting }: { maxWaiting: number }): Registration {
    const nowUs = box.createdUs;
    return this.#db.transaction((): Registration => {
      this.#expire(nowUs);
      const known = this.#boxBy("public_key", box.publicKey);
      if (known) return { outcome: "known", device: known.device };
      const promised = this.#promiseFor(box, nowUs);
      if (promised) {
        this.#place(promised, box, nowUs);
        this.#db.prepare("DELETE FROM preauthorizations WHERE serial = ?").run(promised.serial);
        return { outcome: "known", device: promised.device, promise: promised };
      }
      this.#db.prepare("DELETE FROM claims WHERE public_key = ?").run(box.publicKey);
      const { waiting } = this.#db.prepare<[], { waiting: number }>("SELECT count(*) waiting FROM claims").get() ?? {
        waiting: 0,
      };
      if (waiting >= maxWaiting) return { outcome: "full" };
      this.#db
        .prepare<WaitingBox>(
          `INSERT INTO claims (id, public_key, serial, code_hash, created_us, expires_us)
           VALUES (@id, @publicKey, @serial, @codeHash, @createdUs, @expiresUs)`,
        )
        .run(box);
      return { outcome: "waiting" };
    })();
  }

  /** The box that waits, or waited until it got the address `device`. Undefined when its time is over. */
  waiting(id: string, nowUs: number): (WaitingBox & { device: string }) | undefined {
    return this.#db
      .prepare<[string, number], WaitingBox & { device: string }>(
        `SELECT ${CLAIM}, device FROM claims WHERE id = ? AND expires_us > ?`,
      )
      .get(id, nowUs);
  }

  listWaiting(nowUs: number): WaitingBox[] {
    return this.#db
      .prepare<[number], WaitingBox>(
        `SELECT ${CLAIM} FROM claims WHERE device = '' AND expires_us > ? ORDER BY created_us`,
      )
      .all(nowUs);
  }

  /** The box that shows this code now. Each registration is tried: the hash is bound to its key. */
  findByCode(code: string, nowUs: number): WaitingBox | undefined {
    return this.listWaiting(nowUs).find(
      ({ codeHash, publicKey }) => createHash("sha256").update(codeText(code, publicKey)).digest("hex") === codeHash,
    );
  }

  /** Gives the box its address. `keepForUs`: for so long it may ask by the same id what became of it. */
  claim(id: string, at: Placement, options: { nowUs: number; replace: boolean; keepForUs: number }): ClaimOutcome {
    const { nowUs, replace, keepForUs } = options;
    return this.#db.transaction((): ClaimOutcome => {
      const waiting = this.waiting(id, nowUs);
      if (waiting?.device !== "") return { outcome: "gone" };
      if (this.isTaken(at.device, nowUs)) {
        if (!replace) return { outcome: "taken" };
        this.release(at.device);
        this.#revokeCredentials(at.device, nowUs);
      }
      this.#place(at, waiting, nowUs);
      this.#db
        .prepare("UPDATE claims SET device = ?, code_hash = '', expires_us = ? WHERE id = ?")
        .run(at.device, nowUs + keepForUs, id);
      return { outcome: "claimed" };
    })();
  }

  /** Boxes without keys at addresses of their own; none at all when one is taken. Returns the first that is. */
  provision(placements: Placement[], { nowUs, replace }: { nowUs: number; replace: boolean }): string | undefined {
    return this.#db.transaction((): string | undefined => {
      const taken = replace ? undefined : placements.find(({ device }) => this.isTaken(device, nowUs));
      if (taken) return taken.device;
      for (const at of placements) {
        this.release(at.device);
        this.#place(at, { publicKey: null, serial: "" }, nowUs);
      }
      return undefined;
    })();
  }

  /** Has it a box, or is it promised to one? */
  isTaken(device: string, nowUs: number): boolean {
    if (this.#boxBy("device", device)) return true;
    return (
      this.#db.prepare("SELECT 1 FROM preauthorizations WHERE device = ? AND expires_us > ?").get(device, nowUs) !==
      undefined
    );
  }

  box(device: string): Box | undefined {
    return this.#boxBy("device", device);
  }

  /** Its key is forgotten: it must be claimed anew. False when it had none. */
  release(device: string): boolean {
    return this.#db.transaction(() => {
      this.#db.prepare("DELETE FROM claims WHERE device = ?").run(device);
      this.#db.prepare("DELETE FROM preauthorizations WHERE device = ?").run(device);
      return this.#db.prepare("DELETE FROM boxes WHERE device = ?").run(device).changes > 0;
    })();
  }

  /** What an operator calls it and how it is sorted; what is absent stays. */
  describe(device: string, change: { name?: string | undefined; tags?: string[] | undefined }, nowUs: number): void {
    const { name, tags } = change;
    this.#db.transaction(() => {
      if (name !== undefined) this.#db.prepare("UPDATE boxes SET name = ? WHERE device = ?").run(name, device);
      this.#db
        .prepare(
          `INSERT INTO devices (slug, name, tags, first_seen_us, last_seen_us)
           VALUES (@device, coalesce(@name, ''), coalesce(@tags, '[]'), @nowUs, @nowUs)
           ON CONFLICT (slug) DO UPDATE SET name = coalesce(@name, name), tags = coalesce(@tags, tags)`,
        )
        .run({ device, name: name ?? null, tags: tags ? JSON.stringify([...new Set(tags)].sort()) : null, nowUs });
    })();
  }

  /** False: the address is taken, or another serial was promised it. The same serial again takes the place of the one before. */
  preauthorize(promise: Preauthorization): boolean {
    return this.#db.transaction(() => {
      this.#expire(promise.createdUs);
      this.#db.prepare("DELETE FROM preauthorizations WHERE serial = ?").run(promise.serial);
      if (this.isTaken(promise.device, promise.createdUs)) return false;
      this.#db
        .prepare<Row>(
          `INSERT INTO preauthorizations (serial, key_fingerprint, device, name, tags, by, created_us, expires_us)
           VALUES (@serial, @keyFingerprint, @device, @name, @tags, @by, @createdUs, @expiresUs)`,
        )
        .run({ ...promise, tags: JSON.stringify(promise.tags) });
      return true;
    })();
  }

  preauthorizations(nowUs: number): Preauthorization[] {
    return this.#db
      .prepare<[number], Row>(`SELECT ${PREAUTHORIZATION} FROM preauthorizations WHERE expires_us > ? ORDER BY serial`)
      .all(nowUs)
      .map((row) => ({ ...row, tags: JSON.parse(row.tags) as string[] }));
  }

  /** False when there was none. */
  withdraw(serial: string): boolean {
    return this.#db.prepare("DELETE FROM preauthorizations WHERE serial = ?").run(serial).changes > 0;
  }

  #promiseFor({ serial, publicKey }: WaitingBox, nowUs: number): Preauthorization | undefined {
    const row = this.#db
      .prepare<[string, number], Row>(
        `SELECT ${PREAUTHORIZATION} FROM preauthorizations WHERE serial = ? AND expires_us > ?`,
      )
      .get(serial, nowUs);
    if (!row || (row.keyFingerprint !== "" && row.keyFingerprint !== fingerprintOf(publicKey))) return undefined;
    return { ...row, tags: JSON.parse(row.tags) as string[] };
  }

  /** The device list knows it from now on, with its name and tags. */
  #place({ device, name, tags, by }: Placement, box: Pick<Box, "publicKey" | "serial">, nowUs: number): void {
    this.#db
      .prepare<Box>(
        `INSERT INTO boxes (device, public_key, serial, name, by, since_us)
         VALUES (@device, @publicKey, @serial, @name, @by, @sinceUs)`,
      )
      .run({ device, publicKey: box.publicKey, serial: box.serial, name, by, sinceUs: nowUs });
    this.#db
      .prepare(
        `INSERT INTO devices (slug, name, tags, first_seen_us, last_seen_us) VALUES (@device, @name, @tags, @nowUs, @nowUs)
         ON CONFLICT (slug) DO UPDATE SET name = iif(@name = '', name, @name), tags = iif(@tags = '[]', tags, @tags)`,
      )
      .run({ device, name, tags: JSON.stringify([...new Set(tags)].sort()), nowUs });
  }

  #expire(nowUs: number): void {
    this.#db.prepare("DELETE FROM claims WHERE expires_us <= ?").run(nowUs);
    this.#db.prepare("DELETE FROM preauthorizations WHERE expires_us <= ?").run(nowUs);
  }

  #boxBy(column: "device" | "public_key", value: string): Box | undefined {
    return this.#db.prepare<[string], Box>(`SELECT ${BOX} FROM boxes WHERE ${column} = ?`).get(value);
  }

  #revokeCredentials(device: string, nowUs: number): void {
    this.#db.prepare("UPDATE credentials SET revoked_us = ? WHERE device = ? AND revoked_us = 0").run(nowUs, device);
  }
}
