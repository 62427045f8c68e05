/** Tracks with their analyses and plays. */
import type {
  Play,
  TrackArtifact,
  TrackMetric,
  Track as TrackRecord,
  TrackSummary,
  TrackVersion,
} from "../tracks/track.js";
import { builder, countOf, numberIn, pageOf, pageType } from "./builder.js";
import { DeviceRef, TrackRef } from "./refs.js";

const Details = builder.objectRef<TrackRecord>("TrackDetails").implement({
  fields: (t) => ({
    id: t.exposeID("id"),
    number: t.expose("number", { type: "SafeInt" }),
    title: t.exposeString("title"),
    artist: t.exposeString("artist"),
    durationMs: t.expose("durationMs", { type: "SafeInt" }),
    sha256: t.exposeString("sha256", { description: "Of the file as it came" }),
    addedUs: t.expose("addedUs", { type: "SafeInt" }),
    addedBy: t.exposeString("addedBy"),
  }),
});

const Artifact = builder.objectRef<TrackArtifact>("TrackArtifact").implement({
  fields: (t) => ({
    kind: t.exposeString("kind"),
    sha256: t.exposeString("sha256"),
    bytes: t.expose("bytes", { type: "SafeInt" }),
    path: t.exposeString("path"),
  }),
});

const Metric = builder.objectRef<TrackMetric>("TrackMetric").implement({
  fields: (t) => ({ name: t.exposeString("name"), value: t.exposeFloat("value") }),
});

const Version = builder.objectRef<TrackVersion>("TrackVersion").implement({
  description: "One analysis of a track by one model: a version of its Genesis Map",
  fields: (t) => ({
    id: t.expose("id", { type: "SafeInt" }),
    track: t.exposeID("track"),
    version: t.exposeInt("version"),
    model: t.exposeString("model"),
    modelVersion: t.exposeString("modelVersion"),
    state: t.exposeString("state", { description: "queued, running, done or failed" }),
    reason: t.exposeString("reason"),
    createdUs: t.expose("createdUs", { type: "SafeInt" }),
    tookMs: t.expose("tookMs", { type: "SafeInt" }),
    artifacts: t.field({ type: [Artifact], resolve: ({ id }, _, { loaders }) => loaders.artifacts.load(id) }),
    metrics: t.field({ type: [Metric], resolve: ({ id }, _, { loaders }) => loaders.metrics.load(id) }),
  }),
});

const PlayType = builder.objectRef<Play>("Play").implement({
  description: "A track that a box recognised in its room",
  fields: (t) => ({
    id: t.expose("id", { type: "SafeInt" }),
    track: t.field({
      type: TrackRef,
      nullable: true,
      resolve: (play, _, { loaders }) => loaders.track.load(play.track),
    }),
    deviceId: t.string({ resolve: ({ device }) => device }),
    device: t.field({
      type: DeviceRef,
      nullable: true,
      resolve: ({ device }, _, { parts }) => parts.board.detail(device),
    }),
    version: t.exposeInt("version"),
    fromUs: t.expose("fromUs", { type: "SafeInt" }),
    toUs: t.expose("toUs", { type: "SafeInt" }),
    lockQuality: t.exposeFloat("lockQuality", { description: "How well sound and map agreed, 0 to 1" }),
  }),
});

const Summary = builder.objectRef<TrackSummary>("TrackSummary").implement({
  description: "How a box was while it played the track",
  fields: (t) => ({
    play: t.expose("play", { type: "SafeInt" }),
    device: t.exposeString("device"),
    atUs: t.expose("atUs", { type: "SafeInt" }),
    receivedAtUs: t.expose("receivedAtUs", { type: "SafeInt" }),
    message: t.expose("message", { type: "JSON", extensions: { cost: 15 } }),
  }),
});

const last = { name: "last", max: 1000 };

TrackRef.implement({
  fields: (t) => ({
    id: t.exposeID("id"),
    details: t.field({ type: Details, resolve: (track) => track }),
    versions: t.field({
      type: [Version],
      description: "Newest first, 50 at most",
      resolve: ({ id }, _, { loaders }) => loaders.versions.load(id),
    }),
    plays: t.field({
      type: [PlayType],
      description: "Newest first",
      args: { last: t.arg.int({ required: true, defaultValue: 20 }) },
      resolve: ({ id }, args, { loaders }) => loaders.plays.load({ of: id, last: countOf(args.last, last) }),
    }),
    telemetry: t.field({
      type: [Summary],
      description: "Of the plays that were recognised, newest first",
      args: { last: t.arg.int({ required: true, defaultValue: 100 }) },
      resolve: ({ id }, args, { loaders }) => loaders.trackTelemetry.load({ of: id, last: countOf(args.last, last) }),
    }),
  }),
});

const Tracks = pageType("Track", TrackRef);

builder.queryFields((t) => ({
  track: t.field({
    type: TrackRef,
    nullable: true,
    args: { id: t.arg.id({ required: true }) },
    resolve: (_, { id }, { loaders }) => loaders.track.load(String(id)),
  }),
  tracks: t.field({
    type: Tracks,
    description: "Newest first",
    args: {
      first: t.arg.int({ required: true, defaultValue: 50 }),
      after: t.arg.string({ required: false }),
      text: t.arg.string({ required: false, description: "Part of title or artist" }),
    },
    resolve: async (_, { first, after, text }, { parts }) => {
      countOf(first, { name: "first", max: 500 });
      const query = { before: numberIn(after), text: text || undefined, limit: first + 1 };
      return pageOf(await parts.fleet.tracks.list(query), first, ({ number }) => String(number));
    },
  }),
}));
