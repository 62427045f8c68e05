/** Accounts, sessions and API keys by HTTP. */
import { getConnInfo } from "@hono/node-server/conninfo";
import type { Context } from "hono";
import { deleteCookie, setCookie } from "hono/cookie";
import { z } from "zod";
import { type Access, SESSION_COOKIE } from "../middleware/access.js";
import { jsonBody } from "../middleware/json-body.js";
import { ConflictError } from "../problems.js";
import type { CallsOf } from "../store/worker-calls.js";
import { MAX_PASSWORD } from "./password.js";
import type { UserDesk } from "./user-desk.js";
import { UserName } from "./user-name.js";
import type { UserTables } from "./user-tables.js";

export interface UserRouteOptions {
  users: UserDesk;
  access: Access;
  tables: CallsOf<{ users: UserTables }>["users"];
  /** Cookies are sent over TLS only. */
  isSecure: boolean;
}

const password = z.string().max(MAX_PASSWORD * 4);
const Role = z.enum(["viewer", "operator", "admin"]);

export const Login = z.strictObject({ name: z.string().max(64), password });
export const NewUser = z.strictObject({ name: UserName, password, role: Role.default("viewer") });
export const UserChange = z.strictObject({
  role: Role.optional(),
  disabled: z.boolean().optional(),
  password: password.optional(),
});
export const OwnPassword = z.strictObject({ present: password, next: password });
export const NewKey = z.strictObject({
  name: z.string().min(1).max(80),
  scopes: z
    .array(z.enum(["read", "operate", "manage"]))
    .min(1)
    .max(3)
    .default(["read"]),
  /** Epoch microseconds; 0 = never. */
  expiresUs: z.int().min(0).default(0),
});

const LOGIN = { what: "Login", remedy: 'Send JSON such as {"name":"Ada","password":"…"}' };
const USER = { what: "User", remedy: 'Send JSON such as {"name":"Ada","password":"…","role":"operator"}' };
const KEY = { what: "Key", remedy: 'Send JSON such as {"name":"signage","scopes":["read"]}' };

const MONTH_S = 30 * 86_400;

/** `GET /api/v1/auth`: who am I, and is an admin still to be made? Anyone may ask. */
export const whoAmI =
  ({ users, access }: UserRouteOptions) =>
  async (context: Context): Promise<Response> => {
    const principal = access.principalOf(context);
    return context.json({
      user: principal ? { name: principal.name, kind: principal.kind, permissions: principal.permissions } : null,
      firstRun: !(await users.hasAnybody()),
    });
  };

/** `POST /api/v1/auth/begin`: the first admin, made on this machine or by who holds the admin token. */
export const beginUsers =
  (options: UserRouteOptions) =>
  async (context: Context): Promise<Response> => {
    const { users, access } = options;
    const first = await jsonBody(context, NewUser.omit({ role: true }), USER);
    if (await users.hasAnybody())
      throw new ConflictError("There is an admin already", { remedy: "Log in, or ask them" });
    access.requireBeginner(context);
    await users.begin(first);
    return login(options, context, first);
  };

export const postLogin =
  (options: UserRouteOptions) =>
  async (context: Context): Promise<Response> =>
    login(options, context, await jsonBody(context, Login, LOGIN));

export const postLogout =
  ({ users, access }: UserRouteOptions) =>
  async (context: Context): Promise<Response> => {
    const principal = access.principalOf(context);
    if (principal) await users.logout(principal);
    deleteCookie(context, SESSION_COOKIE, { path: "/" });
    return context.body(null, 204);
  };

export const putOwnPassword =
  (options: UserRouteOptions) =>
  async (context: Context): Promise<Response> => {
    const principal = options.access.require(context, "read");
    const given = await jsonBody(context, OwnPassword, { what: "Passwords", remedy: 'Send {"present":…,"next":…}' });
    await options.users.changeOwnPassword(principal, given);
    return login(options, context, { name: principal.name, password: given.next });
  };

export const listUsers =
  ({ access, tables }: UserRouteOptions) =>
  async (context: Context): Promise<Response> => {
    access.require(context, "manage");
    return context.json({ users: await tables.list() });
  };

export const postUser =
  ({ users, access }: UserRouteOptions) =>
  async (context: Context): Promise<Response> => {
    const { name: by } = access.require(context, "manage");
    return context.json(await users.add(by, await jsonBody(context, NewUser, USER)), 201);
  };

export const patchUser =
  ({ users, access }: UserRouteOptions) =>
  async (context: Context): Promise<Response> => {
    const { name: by } = access.require(context, "manage");
    return context.json(await users.change(by, idOf(context), await jsonBody(context, UserChange, USER)));
  };

export const deleteUser =
  ({ users, access }: UserRouteOptions) =>
  async (context: Context): Promise<Response> => {
    const { name: by } = access.require(context, "manage");
    await users.remove(by, idOf(context));
    return context.body(null, 204);
  };

/** Everybody's for who may manage, else one's own. */
export const listKeys =
  ({ access, tables }: UserRouteOptions) =>
  async (context: Context): Promise<Response> => {
    const principal = access.require(context, "read");
    const all = principal.permissions.includes("manage");
    return context.json({ keys: await tables.keys(all ? undefined : (principal.userId ?? -1)) });
  };

export const postKey =
  ({ users, access }: UserRouteOptions) =>
  async (context: Context): Promise<Response> => {
    const principal = access.require(context, "read");
    return context.json(await users.addKey(principal, await jsonBody(context, NewKey, KEY)), 201);
  };

export const deleteKey =
  ({ users, access }: UserRouteOptions) =>
  async (context: Context): Promise<Response> => {
    await users.removeKey(access.require(context, "read"), context.req.param("id") ?? "");
    return context.body(null, 204);
  };

async function login(
  { users, isSecure }: UserRouteOptions,
  context: Context,
  given: { name: string; password: string },
): Promise<Response> {
  const address = getConnInfo(context).remote.address ?? "unknown";
  const { secret, user } = await users.login({ ...given, address });
  setCookie(context, SESSION_COOKIE, secret, {
    httpOnly: true,
    sameSite: "Strict",
    secure: isSecure,
    path: "/",
    maxAge: MONTH_S,
  });
  return context.json({ user });
}

const idOf = (context: Context): number => Number(context.req.param("id") ?? "-1");
