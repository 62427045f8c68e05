import Database from "better-sqlite3";
import { execute, parse } from "graphql/index.js";
import { expect, test } from "vitest";
// @ts-expect-error plain JavaScript, for the benchmark too
import { fillTracks } from "../../test/track-library.mjs";
import type { DeviceDetail } from "../live/live-messages.js";
import { FLEET_MIGRATIONS } from "../store/fleet-migrations.js";
import { fleetTables } from "../store/fleet-tables.js";
import { migrateSync } from "../store/migrations/migrate.js";
import type { GraphqlParts } from "./graphql-parts.js";
import { loadersOf } from "./loaders.js";
import { graphqlSchema } from "./schema.js";

const NOW_US = 1_790_000_000_000_000;

/** A fleet.db in memory that writes down every statement, behind calls as asynchronous as those of the worker. */
function countedFleet() {
  const statements: string[] = [];
  const db = new Database(":memory:", { verbose: (sql) => statements.push(String(sql)) });
  migrateSync(db, FLEET_MIGRATIONS);
  const tables = fleetTables(db);
  const behind = (group: object) =>
    new Proxy(group, {
      get: (target, name) => {
        const call = Reflect.get(target, name) as (...args: unknown[]) => unknown;
        return async (...args: unknown[]) => call.apply(target, args);
      },
    });
  const fleet = Object.fromEntries(Object.entries(tables).map(([name, group]) => [name, behind(group)]));
  return { statements, tables, fleet: fleet as unknown as GraphqlParts["fleet"] };
}

async function ask(parts: Partial<GraphqlParts>, query: string) {
  const whole = { now: () => NOW_US, twin: { twins: { twinsOf: async () => [] } }, ...parts } as GraphqlParts;
  const principal = { kind: "user" as const, name: "ada", permissions: ["read", "manage"] as const };
  const contextValue = { parts: whole, principal, loaders: loadersOf(whole) };
  const { data, errors } = await execute({ schema: graphqlSchema(), document: parse(query), contextValue });
  expect(errors).toBeUndefined();
  return data as Record<string, { nodes: unknown[] }>;
}

test("nested tracks cost as many statements for a hundred as for one", async () => {
  const { statements, tables, fleet } = countedFleet();
  fillTracks(tables, { tracks: 100, versions: 2, plays: 3 });
  const query = (first: number) => `{ tracks(first: ${first}) { nodes {
    details { title } versions { version artifacts { kind } metrics { name value } }
    telemetry(last: 10) { atUs message } plays(last: 5) { fromUs track { id } } } } }`;
  const counted = async (first: number) => {
    statements.length = 0;
    const { tracks } = await ask({ fleet }, query(first));
    expect(tracks?.nodes).toHaveLength(first);
    return statements.length;
  };

  expect([await counted(1), await counted(100)]).toEqual([7, 7]);
});

test("nested devices cost as many statements for a hundred as for one", async () => {
  const { statements, fleet } = countedFleet();
  const ids = Array.from({ length: 100 }, (_, k) => `club-${String(k).padStart(3, "0")}.main`);
  const detail = (id: string) => ({ id, venue: id.split(".")[0] }) as DeviceDetail;
  const board = { deviceIds: () => ids, detail, tagsOf: () => [] } as unknown as GraphqlParts["board"];
  const query = (first: number) => `{ devices(first: ${first}) { nodes {
    id alerts { id } telemetry(last: 5) { atUs } credentials { ageS } } } }`;
  const counted = async (first: number) => {
    statements.length = 0;
    const { devices } = await ask({ fleet, board }, query(first));
    expect(devices?.nodes).toHaveLength(first);
    return statements.length;
  };

  expect([await counted(1), await counted(100)]).toEqual([3, 3]);
});

test("decisions of many rollouts are one statement", async () => {
  const { statements, fleet } = countedFleet();
  const summaries = Array.from({ length: 50 }, (_, k) => ({ id: `r-${k}`, number: 50 - k }));
  const rollouts = { desk: { summaries: () => summaries } } as unknown as GraphqlParts["rollouts"];

  statements.length = 0;
  await ask({ fleet, rollouts }, "{ rollouts(first: 50) { nodes { id decisions(last: 3) { reason } } } }");

  expect(statements).toHaveLength(1);
});
