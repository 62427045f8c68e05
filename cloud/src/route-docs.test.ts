import { expect, it } from "vitest";
import { type AppParts, createApp } from "./app.js";
import { ROUTE_DOCS } from "./route-docs.js";

/** Whatever is taken from it is there: routes are only listed here, never called. */
const anything: unknown = new Proxy(() => anything, {
  get: (_target, name) => (name === Symbol.iterator ? undefined : anything),
});

/** The page's files are no routes of the API. */
const PAGE = "GET *";

function routes(): string[] {
  const known: Record<string | symbol, unknown> = { host: "127.0.0.1", allowedHosts: [], requestsPerSecond: 0 };
  const parts = new Proxy({}, { get: (_target, name) => known[name] ?? anything }) as AppParts;
  const app = createApp(parts, () => (() => () => {}) as never);
  const named = app.routes.filter(({ method }) => method !== "ALL").map(({ method, path }) => `${method} ${path}`);
  return [...new Set(named)].filter((route) => route !== PAGE && route !== "GET /*").sort();
}

it("every route is described, and every description is of a route", () => {
  const known = routes();

  expect(known.filter((route) => !(route in ROUTE_DOCS))).toEqual([]);
  expect(Object.keys(ROUTE_DOCS).filter((route) => !known.includes(route))).toEqual([]);
});

it("only what boxes and browsers need before they have a login is anybody's", () => {
  const open = Object.entries(ROUTE_DOCS).filter(([, { who }]) => who === "anyone");

  expect(open.map(([route]) => route).sort()).toEqual([
    "GET /api/v1/auth",
    "GET /api/v1/ca.pem",
    "GET /api/v1/claims/:id",
    "GET /api/v1/claims/challenge",
    "GET /api/v1/tuf/metadata/:file",
    "GET /api/v1/tuf/targets/*",
    "GET /docs",
    "GET /docs.css",
    "GET /healthz",
    "GET /metrics",
    "GET /openapi.json",
    "GET /readyz",
    "POST /api/v1/auth/begin",
    "POST /api/v1/auth/login",
    "POST /api/v1/auth/logout",
    "POST /api/v1/claims",
  ]);
});
