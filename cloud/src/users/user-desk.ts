/** Names and passwords into sessions and keys, and those back into who asks. */
import { randomBytes } from "node:crypto";
import type { Audit } from "../audit/audit.js";
import { ConflictError, ForbiddenError, NotFoundError, TooManyError, UnauthorizedError } from "../problems.js";
import { hashSecret } from "../secrets.js";
import type { CallsOf } from "../store/worker-calls.js";
import { LoginLimit } from "./login-limit.js";
import { hashPassword, isPassword } from "./password.js";
import type { KeyView, Permission, Principal, Role, UserView } from "./principal.js";
import { PERMISSIONS, scopesWithin } from "./roles.js";
import type { UserTables } from "./user-tables.js";

const DAY_US = 86_400e6;
/** A session that was not used for so long is over, and so is one of this age. */
const IDLE_US = 7 * DAY_US;
const LONGEST_US = 30 * DAY_US;
/** How often the use of a session or key is noted. */
const TOUCH_US = 60e6;
/** How long an answer of the tables is believed; changes made here end it at once. */
const BELIEVED_US = 5e6;
const MAX_BELIEVED = 10_000;
export const KEY_PREFIX = "tactus_";

export interface UserDeskOptions {
  tables: CallsOf<{ users: UserTables }>["users"];
  audit: Audit;
  /** Epoch microseconds. */
  now(): number;
}

export interface LoginRequest {
  name: string;
  password: string;
  /** Where from: guesses are counted by it, too. */
  address: string;
}

export interface KeyRequest {
  name: string;
  scopes: Permission[];
  /** 0 = never. */
  expiresUs: number;
}

export class UserDesk {
  readonly #options: UserDeskOptions;
  readonly #limit = new LoginLimit();
  readonly #believed = new Map<string, { principal: Principal | undefined; untilUs: number }>();
  #hasUsers = false;
  #nobodyUntilUs = 0;

  constructor(options: UserDeskOptions) {
    this.#options = options;
  }

  async start(): Promise<void> {
    await this.hasAnybody();
  }

  /** Also somebody who was added by command line while this cloud ran, some seconds later. */
  async hasAnybody(): Promise<boolean> {
    const { tables, now } = this.#options;
    if (this.#hasUsers || now() < this.#nobodyUntilUs) return this.#hasUsers;
    this.#hasUsers = (await tables.count()) > 0;
    this.#nobodyUntilUs = now() + BELIEVED_US;
    return this.#hasUsers;
  }

  /** False until the first admin is made: then everybody needs an account. */
  get hasUsers(): boolean {
    return this.#hasUsers;
  }

  /** Makes the first admin. Throws ConflictError when there is somebody already. */
  async begin({ name, password }: { name: string; password: string }): Promise<UserView> {
    const { tables, now } = this.#options;
    const passwordHash = await hashPassword(password, name);
    const user = await tables.add({ name, role: "admin", passwordHash, createdUs: now() }, true);
    if (!user) throw new ConflictError("There is an admin already", { remedy: "Log in, or ask them for an account" });
    this.#hasUsers = true;
    this.#believed.clear();
    await this.#options.audit({ by: name, action: "user.begin", subject: name });
    return user;
  }

  /** Returns the session's secret, for the cookie. Throws UnauthorizedError, or TooManyError after too many guesses. */
  async login({ name, password, address }: LoginRequest): Promise<{ secret: string; user: UserView }> {
    const { tables, audit, now } = this.#options;
    const guessers = [`name ${name.toLowerCase()}`, `address ${address}`];
    const waitS = Math.max(...guessers.map((who) => this.#limit.waitS(who, now())));
    if (waitS > 0) throw new TooManyError("Too many wrong passwords", { remedy: `Try again in ${waitS} s` });
    for (const who of guessers) this.#limit.wrong(who, now()); // before the wait: guesses at the same time count, too
    const known = await tables.login(name);
    const right = await isPassword(password, known?.user.disabled ? undefined : known?.passwordHash);
    if (!right || !known) {
      await audit({ by: name, action: "user.login-failed", subject: name, detail: { address } });
      throw new UnauthorizedError("The name or the password is wrong", {
        field: "password",
        remedy: "An admin can set a new one, or: tactus cloud users reset-password NAME",
      });
    }
    for (const who of guessers) this.#limit.right(who);
    const secret = randomBytes(32).toString("base64url");
    const session = { id: newId(), userId: known.user.id, secretHash: hashSecret(secret), createdUs: now() };
    await tables.beginSession(session, now() - IDLE_US);
    await audit({ by: known.user.name, action: "user.login", subject: known.user.name, detail: { address } });
    return { secret, user: known.user };
  }

  async logout(principal: Principal): Promise<void> {
    if (principal.kind !== "user" || principal.credentialId === undefined) return;
    await this.#options.audit({ by: principal.name, action: "user.logout", subject: principal.name });
    await this.#options.tables.endSession(principal.credentialId);
    this.#believed.clear();
  }

  /** Who holds this session's or key's secret; undefined = nobody, or it is over. */
  async principalOf(secret: string): Promise<Principal | undefined> {
    const { now } = this.#options;
    const secretHash = hashSecret(secret);
    const known = this.#believed.get(secretHash);
    if (known && known.untilUs > now()) return known.principal;
    const principal = secret.startsWith(KEY_PREFIX)
      ? await this.#keyHolder(secretHash)
      : await this.#sessionHolder(secretHash);
    if (this.#believed.size >= MAX_BELIEVED) this.#believed.clear();
    this.#believed.set(secretHash, { principal, untilUs: now() + BELIEVED_US });
    return principal;
  }

  async add(by: string, { name, password, role }: { name: string; password: string; role: Role }): Promise<UserView> {
    const { tables, audit, now } = this.#options;
    const passwordHash = await hashPassword(password, name);
    await audit({ by, action: "user.add", subject: name, detail: { role } });
    const user = await tables.add({ name, role, passwordHash, createdUs: now() });
    if (!user) throw new ConflictError(`There is a user "${name}" already`, { field: "name" });
    this.#hasUsers = true;
    return user;
  }

  /** The user's sessions end. Throws ConflictError for the last admin. */
  async change(
    by: string,
    id: number,
    { password, ...change }: { role?: Role | undefined; disabled?: boolean | undefined; password?: string | undefined },
  ): Promise<UserView> {
    const { tables, audit } = this.#options;
    const user = await this.#require(id);
    const passwordHash = password === undefined ? {} : { passwordHash: await hashPassword(password, user.name) };
    await audit({
      by,
      action: "user.change",
      subject: user.name,
      detail: { ...change, password: password !== undefined },
    });
    const changed = await tables.change(id, { ...change, ...passwordHash });
    this.#believed.clear();
    if (!changed) throw lastAdmin();
    return this.#require(id);
  }

  async remove(by: string, id: number): Promise<void> {
    const { tables, audit } = this.#options;
    const user = await this.#require(id);
    await audit({ by, action: "user.remove", subject: user.name });
    const removed = await tables.remove(id);
    this.#believed.clear();
    if (!removed) throw lastAdmin();
  }

  /** One's own. Throws ForbiddenError when the present one is wrong. */
  async changeOwnPassword(principal: Principal, given: { present: string; next: string }): Promise<void> {
    const { tables, now } = this.#options;
    const who = `name ${principal.name.toLowerCase()}`;
    const waitS = this.#limit.waitS(who, now());
    if (waitS > 0) throw new TooManyError("Too many wrong passwords", { remedy: `Try again in ${waitS} s` });
    const known = await tables.login(principal.name);
    if (!known || !(await isPassword(given.present, known.passwordHash))) {
      this.#limit.wrong(who, now());
      throw new ForbiddenError("The present password is wrong", { field: "present" });
    }
    await this.change(principal.name, known.user.id, { password: given.next });
  }

  /** The secret is shown this once. Scopes beyond the owner's role are left out. */
  async addKey(principal: Principal, { name, scopes, expiresUs }: KeyRequest): Promise<KeyView & { secret: string }> {
    const { tables, audit, now } = this.#options;
    if (principal.userId === undefined) {
      throw new ForbiddenError("Keys belong to a user", { remedy: "Log in with a name and a password first" });
    }
    const owner = await this.#require(principal.userId);
    const secret = KEY_PREFIX + randomBytes(32).toString("base64url");
    const key: KeyView = {
      id: newId(),
      userId: owner.id,
      name,
      scopes: scopesWithin(owner.role, scopes).filter((scope) => principal.permissions.includes(scope)),
      createdUs: now(),
      expiresUs,
      lastUsedUs: 0,
    };
    await audit({ by: owner.name, action: "key.add", subject: key.id, detail: { name, scopes: key.scopes } });
    await tables.addKey({ ...key, secretHash: hashSecret(secret) });
    return { ...key, secret };
  }

  /** One's own, or anybody's for who may manage. */
  async removeKey(principal: Principal, id: string): Promise<void> {
    const { tables, audit } = this.#options;
    const all = principal.permissions.includes("manage");
    const key = (await tables.keys(all ? undefined : principal.userId)).find((one) => one.id === id);
    if (!key) throw new NotFoundError(`No key "${id}"`, { remedy: "GET /api/v1/keys lists them" });
    await audit({ by: principal.name, action: "key.remove", subject: id });
    await tables.removeKey(id);
    this.#believed.clear();
  }

  async #sessionHolder(secretHash: string): Promise<Principal | undefined> {
    const { tables, now } = this.#options;
    const session = await tables.sessionBy(secretHash);
    if (!session || session.user.disabled) return undefined;
    if (now() - session.usedUs > IDLE_US || now() - session.createdUs > LONGEST_US) return undefined;
    if (now() - session.usedUs > TOUCH_US) await tables.touchSession(session.id, now());
    const { id: userId, name, role } = session.user;
    return { kind: "user", name, permissions: PERMISSIONS[role], userId, credentialId: session.id };
  }

  async #keyHolder(secretHash: string): Promise<Principal | undefined> {
    const { tables, now } = this.#options;
    const found = await tables.keyBy(secretHash);
    if (!found || found.user.disabled) return undefined;
    const { key, user } = found;
    if (key.expiresUs !== 0 && key.expiresUs <= now()) return undefined;
    if (now() - key.lastUsedUs > TOUCH_US) await tables.touchKey(key.id, now());
    const permissions = scopesWithin(user.role, key.scopes); // a role that was taken away takes the key's scopes, too
    return { kind: "key", name: `${user.name} (${key.name})`, permissions, userId: user.id, credentialId: key.id };
  }

  async #require(id: number): Promise<UserView> {
    const user = await this.#options.tables.byId(id);
    if (user) return user;
    throw new NotFoundError(`No user ${id}`, { remedy: "GET /api/v1/users lists them" });
  }
}

const newId = (): string => randomBytes(9).toString("base64url");
const lastAdmin = () => new ConflictError("This is the last admin", { remedy: "Make somebody else an admin before" });
