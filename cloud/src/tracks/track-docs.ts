/** What is said of the routes of tracks. */
import { z } from "zod";
import type { RouteDoc, RouteDocs } from "../middleware/route-doc.js";
import { LastQuery, TracksQuery } from "./track-routes.js";

const read = (doc: Omit<RouteDoc, "who" | "about">): RouteDoc => ({ who: "read", about: "Tracks", ...doc });

const Track = z.object({
  id: z.string(),
  number: z.int(),
  title: z.string(),
  artist: z.string(),
  durationMs: z.int(),
  sha256: z.string(),
  addedUs: z.int(),
  addedBy: z.string(),
});
const Version = z.object({
  id: z.int(),
  track: z.string(),
  version: z.int(),
  model: z.string(),
  modelVersion: z.string(),
  state: z.enum(["queued", "running", "done", "failed"]),
  reason: z.string(),
  createdUs: z.int(),
  tookMs: z.int(),
});
const Artifact = z.object({ kind: z.string(), sha256: z.string(), bytes: z.int(), path: z.string() });
const Metric = z.object({ name: z.string(), value: z.number() });
const Summary = z.object({
  play: z.int(),
  device: z.string(),
  atUs: z.int(),
  receivedAtUs: z.int(),
  message: z.looseObject({ v: z.literal(1) }),
});
const Play = z.object({
  id: z.int(),
  track: z.string(),
  device: z.string(),
  version: z.int(),
  fromUs: z.int(),
  toUs: z.int(),
  lockQuality: z.number(),
});

export const trackDocs: RouteDocs = {
  "GET /api/v1/tracks": read({
    summary: "Tracks, newest first",
    query: TracksQuery,
    answers: { 200: z.object({ tracks: z.array(Track), before: z.int().nullable() }) },
  }),
  "GET /api/v1/tracks/:id": read({ summary: "One track", answers: { 200: Track }, problems: [404] }),
  "GET /api/v1/tracks/:id/versions": read({
    summary: "Analyses of a track, newest first",
    answers: { 200: z.object({ track: z.string(), versions: z.array(Version) }) },
    problems: [404],
  }),
  "GET /api/v1/tracks/:id/versions/:version/artifacts": read({
    summary: "Files that an analysis left",
    answers: { 200: z.object({ track: z.string(), version: z.int(), artifacts: z.array(Artifact) }) },
    problems: [404],
  }),
  "GET /api/v1/tracks/:id/versions/:version/metrics": read({
    summary: "Figures about an analysis",
    answers: { 200: z.object({ track: z.string(), version: z.int(), metrics: z.array(Metric) }) },
    problems: [404],
  }),
  "GET /api/v1/tracks/:id/telemetry": read({
    summary: "How boxes were while they played the track, newest first",
    query: LastQuery,
    answers: { 200: z.object({ track: z.string(), summaries: z.array(Summary) }) },
    problems: [404],
  }),
  "GET /api/v1/tracks/:id/plays": read({
    summary: "Where and when the track was recognised, newest first",
    query: LastQuery,
    answers: { 200: z.object({ track: z.string(), plays: z.array(Play) }) },
    problems: [404],
  }),
};
