/** The logins of boxes in fleet.db: hashes only. */
import type { Database } from "better-sqlite3";

/** A login that may come in. */
export interface LiveCredential {
  id: string;
  device: string;
  /** SHA-256 of the password, hexadecimal. */
  hash: string;
  createdUs: number;
  /** Not after this instant; 0 = no end. */
  expiresUs: number;
  /** 0 = never. */
  usedUs: number;
}

/** The same as an operator sees it. */
export interface CredentialRecord extends Omit<LiveCredential, "hash"> {
  /** 0 = not. */
  revokedUs: number;
}

export interface NewCredential {
  id: string;
  device: string;
  hash: string;
}

/** Revoked logins are kept for this long, for who asks later: microseconds (90 days). */
const KEEP_REVOKED_US = 90 * 86_400_000_000;
const LIVE = "id, device, hash, created_us createdUs, expires_us expiresUs, used_us usedUs";
const RECORD = "id, device, created_us createdUs, expires_us expiresUs, used_us usedUs, revoked_us revokedUs";

export class CredentialTables {
  readonly #db: Database;
  readonly #insert;
  readonly #ofDevice;
  readonly #touch;

  constructor(db: Database) {
    this.#db = db;
    this.#insert = db.prepare<NewCredential & { nowUs: number }>(
      "INSERT INTO credentials (id, device, hash, created_us) VALUES (@id, @device, @hash, @nowUs)",
    );
    this.#ofDevice = db.prepare<{ device: string; nowUs: number }, LiveCredential>(
      `SELECT ${LIVE} FROM credentials
       WHERE device = @device AND revoked_us = 0 AND (expires_us = 0 OR expires_us > @nowUs) ORDER BY created_us`,
    );
    this.#touch = db.prepare<{ id: string; usedUs: number }>(
      "UPDATE credentials SET used_us = max(used_us, @usedUs) WHERE id = @id",
    );
  }

  /** Every login of the whole fleet that may come in. */
  live(nowUs: number): LiveCredential[] {
    return this.#db
      .prepare<[number], LiveCredential>(
        `SELECT ${LIVE} FROM credentials WHERE revoked_us = 0 AND (expires_us = 0 OR expires_us > ?)
         ORDER BY device, created_us`,
      )
      .all(nowUs);
  }

  /** Every login that one device ever had, newest first, at most 50. */
  history(device: string): CredentialRecord[] {
    return this.#db
      .prepare<[string], CredentialRecord>(
        `SELECT ${RECORD} FROM credentials WHERE device = ? ORDER BY created_us DESC, id LIMIT 50`,
      )
      .all(device);
  }

  /** Of each device the newest, newest first. */
  historyOf(devices: readonly string[], last: number): CredentialRecord[] {
    const sql = `SELECT ${RECORD} FROM (
         SELECT credentials.*, row_number() OVER (PARTITION BY device ORDER BY created_us DESC, id) place FROM credentials
         WHERE device IN (SELECT value FROM json_each(@devices)))
       WHERE place <= @last ORDER BY device, created_us DESC, id`;
    return this.#db.prepare<object, CredentialRecord>(sql).all({ devices: JSON.stringify(devices), last });
  }

  /**
   * A further login: one that was handed out before and never used ends now, those in use end with the grace period.
   * Returns what may come in from now on.
   */
  issue(credential: NewCredential, { nowUs, graceUs }: { nowUs: number; graceUs: number }): LiveCredential[] {
    const { device } = credential;
    return this.#db.transaction(() => {
      this.#db
        .prepare("UPDATE credentials SET revoked_us = ? WHERE device = ? AND revoked_us = 0 AND used_us = 0")
        .run(nowUs, device);
      this.#db
        .prepare("UPDATE credentials SET expires_us = ? WHERE device = ? AND revoked_us = 0")
        .run(nowUs + graceUs, device);
      this.#insert.run({ ...credential, nowUs });
      this.#db.prepare("DELETE FROM credentials WHERE revoked_us > 0 AND revoked_us < ?").run(nowUs - KEEP_REVOKED_US);
      return this.#ofDevice.all({ device, nowUs });
    })();
  }

  /** Many boxes at once, each with one new login and no other. */
  replace(credentials: NewCredential[], nowUs: number): void {
    this.#db.transaction(() => {
      for (const credential of credentials) {
        this.#revoke(credential.device, nowUs);
        this.#insert.run({ ...credential, nowUs });
      }
    })();
  }

  /** The box has logged in with this one: the others are over. */
  supersede({ id, device, nowUs }: { id: string; device: string; nowUs: number }): void {
    this.#db.transaction(() => {
      this.#touch.run({ id, usedUs: nowUs });
      this.#db.prepare("UPDATE credentials SET expires_us = 0 WHERE id = ?").run(id);
      this.#db
        .prepare("UPDATE credentials SET revoked_us = ? WHERE device = ? AND id <> ? AND revoked_us = 0")
        .run(nowUs, device, id);
    })();
  }

  /** When logins were last used. */
  touch(uses: { id: string; usedUs: number }[]): void {
    this.#db.transaction(() => {
      for (const use of uses) this.#touch.run(use);
    })();
  }

  /** Every login of the device is over. */
  revoke(device: string, nowUs: number): void {
    this.#revoke(device, nowUs);
  }

  #revoke(device: string, nowUs: number): void {
    this.#db.prepare("UPDATE credentials SET revoked_us = ? WHERE device = ? AND revoked_us = 0").run(nowUs, device);
  }
}
