import Database from "better-sqlite3";
import { describe, expect, it } from "vitest";
import type { AuditEntry } from "../audit/audit.js";
import { migrateSync } from "../store/migrations/migrate.js";
import { LoginLimit } from "./login-limit.js";
import { UserDesk } from "./user-desk.js";
import { users as migration } from "./user-migration.js";
import { UserTables } from "./user-tables.js";

const PASSWORD = "correct horse battery";
const DAY_US = 86_400e6;

async function newDesk() {
  const db = new Database(":memory:");
  migrateSync(db, [migration]);
  const blocking = new UserTables(db);
  // The same calls as through the worker: every one answers later.
  const tables = new Proxy(blocking, {
    get:
      (target, name) =>
      async (...args: unknown[]) =>
        (target[name as keyof UserTables] as (...args: unknown[]) => unknown).apply(target, args),
  }) as unknown as ConstructorParameters<typeof UserDesk>[0]["tables"];
  const clock = { nowUs: 1e15 };
  const audited: AuditEntry[] = [];
  const desk = new UserDesk({ tables, audit: async (entry) => void audited.push(entry), now: () => clock.nowUs });
  await desk.start();
  const login = (name: string, password = PASSWORD) => desk.login({ name, password, address: "192.0.2.7" });
  return { desk, tables, clock, audited, login };
}

async function withAda() {
  const parts = await newDesk();
  const ada = await parts.desk.begin({ name: "Ada", password: PASSWORD });
  return { ...parts, ada };
}

describe("user desk", () => {
  it("makes the first admin once", async () => {
    const { desk } = await withAda();

    await expect(desk.begin({ name: "Eve", password: PASSWORD })).rejects.toThrow("There is an admin already");
    expect(desk.hasUsers).toBe(true);
  });

  it("turns a name and a password into a session, and its secret back into who asks", async () => {
    const { desk, login } = await withAda();
    const { secret } = await login("ada");

    expect(await desk.principalOf(secret)).toMatchObject({
      kind: "user",
      name: "Ada",
      permissions: ["read", "operate", "manage"],
    });
    expect(await desk.principalOf(`${secret}x`)).toBe(undefined);
  });

  it("tells a wrong password from an unknown name by nothing, and pauses after five", async () => {
    const { login, clock } = await withAda();

    for (const name of ["Ada", "Nobody"]) {
      await expect(login(name, "wrong password")).rejects.toThrow("The name or the password is wrong");
    }
    for (let guess = 0; guess < 3; guess++) await expect(login("Ada", "wrong password")).rejects.toThrow("is wrong");
    await expect(login("Ada")).rejects.toThrow("Too many wrong passwords");
    clock.nowUs += 3e6;
    await expect(login("Ada")).resolves.toBeDefined();
  });

  it("ends sessions by logout, by age, by a new password and with their user", async () => {
    const { desk, login, clock, ada } = await withAda();
    const bob = await desk.add("Ada", { name: "Bob", password: PASSWORD, role: "operator" });
    const secrets = await Promise.all(["Bob", "Ada", "Ada"].map((name) => login(name)));
    const holders = () => Promise.all(secrets.map(async ({ secret }) => (await desk.principalOf(secret))?.name));

    await desk.logout((await desk.principalOf(secrets[1]!.secret))!);
    expect(await holders()).toEqual(["Bob", undefined, "Ada"]);
    await desk.change("Ada", bob.id, { disabled: true });
    expect(await holders()).toEqual([undefined, undefined, "Ada"]);
    await desk.change("Ada", ada.id, { password: "another long password" });
    expect(await holders()).toEqual([undefined, undefined, undefined]);
    const { secret } = await login("Ada", "another long password");
    clock.nowUs += 8 * DAY_US;
    expect(await desk.principalOf(secret)).toBe(undefined);
  });

  it("keeps one admin", async () => {
    const { desk, ada } = await withAda();

    await expect(desk.remove("Ada", ada.id)).rejects.toThrow("last admin");
    await expect(desk.change("Ada", ada.id, { role: "viewer" })).rejects.toThrow("last admin");
    await desk.add("Ada", { name: "Bob", password: PASSWORD, role: "admin" });
    await expect(desk.change("Ada", ada.id, { role: "viewer" })).resolves.toMatchObject({ role: "viewer" });
  });

  it("gives keys no more than their owner may, also later, until they end", async () => {
    const { desk, login, clock } = await withAda();
    const bob = await desk.add("Ada", { name: "Bob", password: PASSWORD, role: "operator" });
    const holder = (await desk.principalOf((await login("Bob")).secret))!;
    const key = await desk.addKey(holder, {
      name: "signage",
      scopes: ["read", "operate", "manage"],
      expiresUs: clock.nowUs + DAY_US,
    });

    expect(key.secret).toMatch(/^tactus_/);
    expect(await desk.principalOf(key.secret)).toMatchObject({
      name: "Bob (signage)",
      permissions: ["read", "operate"],
    });
    await desk.change("Ada", bob.id, { role: "viewer" });
    expect(await desk.principalOf(key.secret)).toMatchObject({ permissions: ["read"] });
    clock.nowUs += 2 * DAY_US;
    expect(await desk.principalOf(key.secret)).toBe(undefined);
  });

  it("lets a key of few scopes make no key of more", async () => {
    const { desk, login } = await withAda();
    const ada = (await desk.principalOf((await login("Ada")).secret))!;
    const small = await desk.addKey(ada, { name: "small", scopes: ["read"], expiresUs: 0 });
    const holder = (await desk.principalOf(small.secret))!;

    expect(await desk.addKey(holder, { name: "big", scopes: ["manage", "read"], expiresUs: 0 })).toMatchObject({
      scopes: ["read"],
    });
  });

  it("notes who did what, and never a secret", async () => {
    const { desk, login, audited } = await withAda();
    const { secret } = await login("Ada");
    const key = await desk.addKey((await desk.principalOf(secret))!, { name: "k", scopes: ["read"], expiresUs: 0 });
    await desk.removeKey((await desk.principalOf(secret))!, key.id);

    expect(audited.map(({ action }) => action)).toEqual(["user.begin", "user.login", "key.add", "key.remove"]);
    for (const hidden of [PASSWORD, secret, key.secret]) expect(JSON.stringify(audited)).not.toContain(hidden);
  });

  it("refuses passwords that are guessed at once", async () => {
    const { desk } = await newDesk();

    for (const password of ["short", "aaaaaaaaaaaaaaa", "ada lovelace 1815"]) {
      await expect(desk.begin({ name: "Ada", password })).rejects.toThrow("The password");
    }
  });
});

describe("login limit", () => {
  it("doubles the pause with each wrong password up to a bound, and forgets it after a right one", () => {
    const limit = new LoginLimit({ free: 2, firstS: 2, longestS: 5 });
    const pauses = [1, 2, 3, 4].map(() => {
      limit.wrong("ada", 0);
      return limit.waitS("ada", 0);
    });
    limit.right("ada");

    expect(pauses).toEqual([0, 2, 4, 5]);
    expect(limit.waitS("ada", 0)).toBe(0);
  });
});
