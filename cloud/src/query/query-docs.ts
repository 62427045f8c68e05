/** What is said of the routes that look: devices, their beats, and the cloud itself. */
import { z } from "zod";
import type { RouteDoc, RouteDocs } from "../middleware/route-doc.js";
import { BeatsQuery } from "./beats-routes.js";
import { DevicesQuery } from "./device-list.js";
import { DeviceInFull, DevicesList } from "./device-shapes.js";
import { HistoryQuery } from "./history-routes.js";
import { LedgerQuery } from "./ledger-routes.js";

const about = "Devices";
const read = (doc: Omit<RouteDoc, "who" | "about">): RouteDoc => ({ who: "read", about, hasETag: true, ...doc });

const Spread = z.object({ min: z.number(), mean: z.number(), max: z.number() });
const Dates = { provisional: z.boolean(), uncertaintyUs: z.number() };
const Point = z.object({ atUs: z.number(), beats: z.int(), bpm: Spread, confidence: Spread });
const Curve = z.object({
  device: z.string(),
  fromUs: z.number(),
  toUs: z.number(),
  bucketUs: z.number(),
  beats: z.int(),
  points: z.array(Point),
  dates: z.object(Dates),
});
const Beats = z.object({
  device: z.string(),
  beats: z.array(z.looseObject({ atUs: z.number(), session: z.string(), ...Dates })),
  next: z.string().nullable(),
});
const Counts = {
  produced: z.int(),
  received: z.int(),
  recovered: z.int(),
  lost: z.int(),
  unaccounted: z.int(),
  waiting: z.int(),
};
const Ledger = z.object({
  device: z.string(),
  days: z.array(z.object({ day: z.string(), ...Counts })),
  total: z.object(Counts),
});
const Ready = z.object({ status: z.string(), problems: z.array(z.string()).optional() });

export const queryDocs: RouteDocs = {
  "GET /healthz": {
    ...{ who: "anyone", about: "Cloud", summary: "Is the process alive?" },
    answers: { 200: z.object({ status: z.literal("ok") }) },
  },
  "GET /readyz": {
    ...{ who: "anyone", about: "Cloud", summary: "Can it do its work?" },
    answers: { 200: Ready, 503: Ready },
  },
  "GET /metrics": {
    ...{ who: "anyone", about: "Cloud", summary: "Counters and gauges for Prometheus" },
    answers: { 200: { type: "text/plain", text: "Text format 0.0.4" } },
  },
  "GET /api/v1/devices": {
    ...{ who: "read", about, summary: "Devices: searched, filtered, sorted, a page at a time" },
    query: DevicesQuery,
    answers: { 200: DevicesList },
  },
  "GET /api/v1/devices/:id": read({
    summary: "The newest of everything of one device",
    answers: { 200: DeviceInFull },
  }),
  "GET /api/v1/devices/:id/history": read({
    summary: "Tempo and confidence over any range; without one, the last hour",
    query: HistoryQuery,
    answers: { 200: Curve },
  }),
  "GET /api/v1/devices/:id/beats": read({
    summary: "The beats themselves, a page at a time; NDJSON on request",
    query: BeatsQuery,
    answers: { 200: Beats },
  }),
  "GET /api/v1/devices/:id/ledger": read({
    summary: "What became of every beat, day by day",
    query: LedgerQuery,
    answers: { 200: Ledger },
  }),
};
