/** Users, their sessions and their API keys. */
import type { Database } from "better-sqlite3";
import type { KeyView, Permission, Role, UserView } from "./principal.js";

export interface NewUser {
  name: string;
  role: Role;
  passwordHash: string;
  createdUs: number;
}

export interface NewSession {
  id: string;
  userId: number;
  secretHash: string;
  createdUs: number;
}

export interface NewKey extends Omit<KeyView, "lastUsedUs"> {
  secretHash: string;
}

/** Whom a session or key speaks for. */
export interface SessionOwner {
  id: string;
  user: UserView;
  createdUs: number;
  usedUs: number;
}
export interface KeyOwner {
  key: KeyView;
  user: UserView;
}

type UserRow = Omit<UserView, "disabled"> & { disabled: 0 | 1 };
type KeyRow = Omit<KeyView, "scopes"> & { scopes: string };

const USER = "id, name, role, created_us createdUs, last_login_us lastLoginUs, disabled";
const KEY = "id, user userId, name, scopes, created_us createdUs, expires_us expiresUs, used_us lastUsedUs";

export class UserTables {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  list(): UserView[] {
    return this.#db.prepare<[], UserRow>(`SELECT ${USER} FROM users ORDER BY name`).all().map(userOf);
  }

  count(): number {
    return this.#db.prepare<[], number>("SELECT count(*) FROM users").pluck().get() ?? 0;
  }

  byId(id: number): UserView | undefined {
    const row = this.#db.prepare<[number], UserRow>(`SELECT ${USER} FROM users WHERE id = ?`).get(id);
    return row && userOf(row);
  }

  /** With the password's hash; undefined for an unknown name. */
  login(name: string): { user: UserView; passwordHash: string } | undefined {
    const sql = `SELECT ${USER}, password_hash passwordHash FROM users WHERE name = ?`;
    const row = this.#db.prepare<[string], UserRow & { passwordHash: string }>(sql).get(name);
    if (!row) return undefined;
    const { passwordHash, ...user } = row;
    return { user: userOf(user), passwordHash };
  }

  /** Undefined when the name is taken, or when `onlyFirst` and there is somebody already. */
  add({ name, role, passwordHash, createdUs }: NewUser, onlyFirst = false): UserView | undefined {
    const sql = `INSERT INTO users (name, role, password_hash, created_us)
      SELECT @name, @role, @passwordHash, @createdUs WHERE @onlyFirst = 0 OR NOT EXISTS (SELECT 1 FROM users)
      ON CONFLICT DO NOTHING`;
    const values = { name, role, passwordHash, createdUs, onlyFirst: onlyFirst ? 1 : 0 };
    const { changes, lastInsertRowid } = this.#db.prepare<typeof values>(sql).run(values);
    return changes === 0 ? undefined : this.byId(Number(lastInsertRowid));
  }

  /** Every session of the user ends with a change of password, role or state; false: the last admin stays one. */
  change(
    id: number,
    {
      role,
      disabled,
      passwordHash,
    }: { role?: Role | undefined; disabled?: boolean | undefined; passwordHash?: string | undefined },
  ) {
    return this.#db.transaction(() => {
      if ((disabled === true || (role !== undefined && role !== "admin")) && this.#isLastAdmin(id)) return false;
      const values = {
        id,
        role: role ?? null,
        disabled: disabled === undefined ? null : Number(disabled),
        passwordHash: passwordHash ?? null,
      };
      const sql = `UPDATE users SET role = coalesce(@role, role), disabled = coalesce(@disabled, disabled),
        password_hash = coalesce(@passwordHash, password_hash) WHERE id = @id`;
      this.#db.prepare<typeof values>(sql).run(values);
      this.#db.prepare<[number]>("DELETE FROM user_sessions WHERE user = ?").run(id);
      return true;
    })();
  }

  /** False: the last admin cannot be removed. */
  remove(id: number): boolean {
    return this.#db.transaction(() => {
      if (this.#isLastAdmin(id)) return false;
      this.#db.prepare<[number]>("DELETE FROM users WHERE id = ?").run(id);
      return true;
    })();
  }

  /** Sessions unused since `staleUs` go at the same time. */
  beginSession({ id, userId, secretHash, createdUs }: NewSession, staleUs: number): void {
    this.#db.transaction(() => {
      this.#db.prepare<[number]>("DELETE FROM user_sessions WHERE used_us < ?").run(staleUs);
      const sql = "INSERT INTO user_sessions VALUES (?, ?, ?, ?, ?)";
      this.#db.prepare<[string, number, string, number, number]>(sql).run(id, userId, secretHash, createdUs, createdUs);
      this.#db.prepare<[number, number]>("UPDATE users SET last_login_us = ? WHERE id = ?").run(createdUs, userId);
    })();
  }

  sessionBy(secretHash: string): SessionOwner | undefined {
    const sql = "SELECT id, user userId, created_us createdUs, used_us usedUs FROM user_sessions WHERE secret_hash = ?";
    const row = this.#db
      .prepare<[string], { id: string; userId: number; createdUs: number; usedUs: number }>(sql)
      .get(secretHash);
    const user = row && this.byId(row.userId);
    return row && user && { id: row.id, user, createdUs: row.createdUs, usedUs: row.usedUs };
  }

  touchSession(id: string, usedUs: number): void {
    this.#db.prepare<[number, string]>("UPDATE user_sessions SET used_us = ? WHERE id = ?").run(usedUs, id);
  }

  endSession(id: string): void {
    this.#db.prepare<[string]>("DELETE FROM user_sessions WHERE id = ?").run(id);
  }

  keys(userId: number | undefined): KeyView[] {
    const sql = `SELECT ${KEY} FROM api_keys WHERE @userId IS NULL OR user = @userId ORDER BY created_us`;
    return this.#db
      .prepare<{ userId: number | null }, KeyRow>(sql)
      .all({ userId: userId ?? null })
      .map(keyOf);
  }

  addKey({ scopes, ...key }: NewKey): void {
    const sql = `INSERT INTO api_keys (id, user, name, secret_hash, scopes, created_us, expires_us)
      VALUES (@id, @userId, @name, @secretHash, @scopes, @createdUs, @expiresUs)`;
    this.#db.prepare<Omit<NewKey, "scopes"> & { scopes: string }>(sql).run({ ...key, scopes: JSON.stringify(scopes) });
  }

  keyBy(secretHash: string): KeyOwner | undefined {
    const row = this.#db.prepare<[string], KeyRow>(`SELECT ${KEY} FROM api_keys WHERE secret_hash = ?`).get(secretHash);
    const user = row && this.byId(row.userId);
    return row && user && { key: keyOf(row), user };
  }

  touchKey(id: string, usedUs: number): void {
    this.#db.prepare<[number, string]>("UPDATE api_keys SET used_us = ? WHERE id = ?").run(usedUs, id);
  }

  removeKey(id: string): void {
    this.#db.prepare<[string]>("DELETE FROM api_keys WHERE id = ?").run(id);
  }

  #isLastAdmin(id: number): boolean {
    const sql = "SELECT id FROM users WHERE role = 'admin' AND disabled = 0 LIMIT 2";
    const admins = this.#db.prepare<[], number>(sql).pluck().all();
    return admins.length === 1 && admins[0] === id;
  }
}

const userOf = (row: UserRow): UserView => ({ ...row, disabled: row.disabled === 1 });
const keyOf = (row: KeyRow): KeyView => ({ ...row, scopes: JSON.parse(row.scopes) as Permission[] });
