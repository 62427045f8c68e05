/** A cloud with a library of tracks, and how to ask it by GraphQL. */
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { fleetTables, openFleetSync } from "../dist/store/fleet-tables.js";
import { type CloudUnderTest, newDataDir, startTestCloud } from "./cloud-under-test.js";
import { fillTracks } from "./track-library.mjs";

export interface GraphqlAnswer<Data> {
  data?: Data;
  errors?: {
    message: string;
    path?: (string | number)[];
    extensions?: { code?: string; problem?: { remedy?: string } };
  }[];
}

export interface Question {
  query?: string;
  variables?: Record<string, unknown>;
  extensions?: unknown;
}

/** Its tracks, and whatever `prepare` adds, are there before it starts. */
export async function withTracks(
  body: (cloud: CloudUnderTest, tracks: string[]) => Promise<void>,
  size = {},
  prepare: (tables: ReturnType<typeof fleetTables>) => void = () => {},
) {
  const dataDir = await newDataDir();
  const db = openFleetSync(join(dataDir, "fleet.db"));
  const tables = fleetTables(db);
  prepare(tables);
  const tracks = fillTracks(tables, size) as string[];
  db.close();
  const cloud = await startTestCloud(dataDir);
  try {
    await body(cloud, tracks);
  } finally {
    await cloud.stop();
    await rm(dataDir, { recursive: true, force: true });
  }
}

export async function ask<Data = Record<string, unknown>>(
  cloud: { url: string },
  question: string | Question,
  headers: Record<string, string> = {},
): Promise<GraphqlAnswer<Data> & { status: number }> {
  const response = await fetch(`${cloud.url}/graphql`, {
    method: "POST",
    headers: { "content-type": "application/json", accept: "application/json", ...headers },
    body: JSON.stringify(typeof question === "string" ? { query: question } : question),
  });
  return { status: response.status, ...((await response.json()) as GraphqlAnswer<Data>) };
}

export const bearer = (token: string) => ({ authorization: `Bearer ${token}` });
