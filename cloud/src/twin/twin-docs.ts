/** What is said of the routes of configuration, commands, logs and support bundles. */
import { z } from "zod";
import type { RouteDoc, RouteDocs } from "../middleware/route-doc.js";
import { CommandBody, ListQuery, WaitQuery } from "./command-routes.js";
import { Patch, Undo } from "./config-routes.js";
import { LogQuery } from "./log-route.js";

const about = "Configuration";
const Layer = z.looseObject({
  scope: z.enum(["fleet", "venue", "device"]),
  subject: z.string(),
  version: z.int(),
  config: z.looseObject({}),
  history: z.array(z.looseObject({})),
});
const Command = z.looseObject({ requestId: z.string(), state: z.string() });
const Bundle = { type: "application/gzip", text: "A tar.gz" };

function configDocs(path: string, of: string): RouteDocs {
  const change = {
    who: "manage",
    about,
    answers: { 200: Layer },
    problems: [409, 412],
    takesIfMatch: "version",
  } as const;
  return {
    [`GET ${path}`]: {
      ...{ who: "read", about, summary: `Settings of ${of}, and what they were` },
      answers: { 200: Layer },
      hasETag: true,
    },
    [`PATCH ${path}`]: { ...change, summary: `Change settings of ${of}`, body: Patch },
    [`POST ${path}/undo`]: {
      ...change,
      summary: `Settings of ${of} as they were`,
      body: Undo,
      problems: [404, ...change.problems],
    },
  };
}

const commands = (doc: Omit<RouteDoc, "who" | "about">): RouteDoc => ({ who: "manage", about: "Service", ...doc });

export const twinDocs: RouteDocs = {
  "GET /api/v1/devices/:id/twin": {
    ...{ who: "read", about, summary: "What is wanted of a box, what it says, and where each value comes from" },
    answers: { 200: z.looseObject({ version: z.int() }) },
    hasETag: true,
  },
  ...configDocs("/api/v1/fleet/config", "the whole fleet"),
  ...configDocs("/api/v1/venues/:venue/config", "a venue"),
  ...configDocs("/api/v1/devices/:id/config", "a device"),
  "GET /api/v1/devices/:id/commands": commands({
    summary: "Commands of a box, newest first",
    query: ListQuery,
    answers: { 200: z.object({ commands: z.array(Command) }) },
  }),
  "POST /api/v1/devices/:id/commands": commands({
    summary: "Something for a box to do once: restart, identify, make a support bundle, …",
    body: CommandBody,
    answers: { 200: Command, 202: Command },
    problems: [409],
  }),
  "GET /api/v1/devices/:id/commands/:request": commands({
    summary: "What came of a command",
    query: WaitQuery,
    answers: { 200: Command },
  }),
  "GET /api/v1/devices/:id/log": commands({
    summary: "The box's log as it is written, as server-sent events",
    query: LogQuery,
    answers: { 200: { type: "text/event-stream", text: "hello, lines, heartbeat" } },
    problems: [409],
  }),
  "GET /api/v1/devices/:id/support-bundles": commands({
    summary: "Support bundles of a box",
    answers: { 200: z.object({ bundles: z.array(z.looseObject({})) }) },
  }),
  "GET /api/v1/devices/:id/support-bundles/:request": commands({
    summary: "One support bundle",
    answers: { 200: Bundle },
  }),
  "PUT /api/v1/devices/:id/support-bundles/:request": {
    ...{ who: "device", about: "Service", summary: "A box hands in the bundle that was asked for" },
    body: { type: "application/gzip" },
    answers: { 204: null },
  },
};
