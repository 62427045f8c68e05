/** What is said of the routes of accounts. */
import { z } from "zod";
import type { RouteDoc, RouteDocs } from "../middleware/route-doc.js";
import { Login, NewKey, NewUser, OwnPassword, UserChange } from "./user-routes.js";

const about = "Accounts";
const Permissions = z.array(z.enum(["read", "operate", "manage"]));

const User = z.object({
  id: z.int(),
  name: z.string(),
  role: z.enum(["viewer", "operator", "admin"]),
  createdUs: z.int(),
  lastLoginUs: z.int(),
  disabled: z.boolean(),
});
const Key = z.object({
  id: z.string(),
  userId: z.int(),
  name: z.string(),
  scopes: Permissions,
  createdUs: z.int(),
  expiresUs: z.int(),
  lastUsedUs: z.int(),
});
const Asker = z.object({ name: z.string(), kind: z.enum(["user", "key", "token", "local"]), permissions: Permissions });
const LoggedIn = z.object({ user: User });

const manage = (doc: Omit<RouteDoc, "who" | "about">): RouteDoc => ({ who: "manage", about, ...doc });

export const userDocs: RouteDocs = {
  "GET /api/v1/auth": {
    ...{ who: "anyone", about, summary: "Who am I, and is the first admin still to be made?" },
    answers: { 200: z.object({ user: Asker.nullable(), firstRun: z.boolean() }) },
  },
  "POST /api/v1/auth/begin": {
    ...{ who: "anyone", about, summary: "Make the first admin: from this machine, or with the admin token" },
    body: NewUser.omit({ role: true }),
    answers: { 200: LoggedIn },
    problems: [401, 409],
  },
  "POST /api/v1/auth/login": {
    ...{ who: "anyone", about, summary: "A name and a password into a session cookie" },
    body: Login,
    answers: { 200: LoggedIn },
    problems: [401],
  },
  "POST /api/v1/auth/logout": { who: "anyone", about, summary: "End this session", answers: { 204: null } },
  "PUT /api/v1/auth/password": {
    ...{ who: "read", about, summary: "A new password for oneself; every session ends but the new one" },
    body: OwnPassword,
    answers: { 200: LoggedIn },
  },
  "GET /api/v1/users": manage({
    summary: "Everybody with an account",
    answers: { 200: z.object({ users: z.array(User) }) },
    hasETag: true,
  }),
  "POST /api/v1/users": manage({ summary: "Add somebody", body: NewUser, answers: { 201: User }, isOnce: true }),
  "PATCH /api/v1/users/:id": manage({
    summary: "Another role, another password, or no entry; their sessions end",
    body: UserChange,
    answers: { 200: User },
  }),
  "DELETE /api/v1/users/:id": manage({ summary: "Remove somebody", answers: { 204: null }, problems: [409] }),
  "GET /api/v1/keys": {
    ...{ who: "read", about, summary: "One's own API keys; everybody's for admins" },
    answers: { 200: z.object({ keys: z.array(Key) }) },
    hasETag: true,
  },
  "POST /api/v1/keys": {
    ...{ who: "read", about, summary: "Make an API key; its secret is shown this once" },
    body: NewKey,
    answers: { 201: Key.extend({ secret: z.string() }) },
    isOnce: true,
  },
  "DELETE /api/v1/keys/:id": { who: "read", about, summary: "End an API key", answers: { 204: null } },
};
