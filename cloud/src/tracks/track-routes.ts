/** `/api/v1/tracks`: the tracks, and of each its analyses with their files and figures, and how boxes were that played it. */
import type { Context } from "hono";
import { z } from "zod";
import { queryOf } from "../middleware/json-body.js";
import { BadRequestError, NotFoundError } from "../problems.js";
import type { FleetStore } from "../store/fleet-store.js";
import type { Play, Track, TrackArtifact, TrackMetric, TrackSummary, TrackVersion } from "./track.js";

export interface TrackRouteParts {
  fleet: Pick<FleetStore, "tracks" | "telemetry">;
}

/** `GET /api/v1/tracks`. */
export interface TracksAnswer {
  /** Newest first. */
  tracks: Track[];
  /** Ask again with `before` set to this for older ones; null = there are none. */
  before: number | null;
}
/** `GET /api/v1/tracks/{id}/versions`. */
export interface TrackVersionsAnswer {
  track: string;
  /** Newest first, 50 at most. */
  versions: TrackVersion[];
}
export interface TrackArtifactsAnswer {
  track: string;
  version: number;
  artifacts: TrackArtifact[];
}
export interface TrackMetricsAnswer {
  track: string;
  version: number;
  metrics: TrackMetric[];
}
/** `GET /api/v1/tracks/{id}/telemetry`. */
export interface TrackTelemetryAnswer {
  track: string;
  /** Newest first. */
  summaries: TrackSummary[];
}
/** `GET /api/v1/tracks/{id}/plays`. */
export interface TrackPlaysAnswer {
  track: string;
  /** Newest first. */
  plays: Play[];
}

export const TracksQuery = z.strictObject({
  /** Part of title or artist, in any case. */
  text: z.string().min(1).max(200).optional(),
  before: z.coerce.number().int().min(1).max(Number.MAX_SAFE_INTEGER).optional(),
  limit: z.coerce.number().int().min(1).max(500).default(100),
});

export const LastQuery = z.strictObject({ last: z.coerce.number().int().min(1).max(1000).default(100) });

const TRACK_ID = /^t-[A-Za-z0-9-]{1,64}$/;
const VERSION = /^\d{1,9}$/;

export const listTracks =
  ({ fleet }: TrackRouteParts) =>
  async (context: Context): Promise<Response> => {
    const query = queryOf(context, TracksQuery, { remedy: "For example ?text=night&limit=100" });
    const tracks = await fleet.tracks.list(query);
    const answer: TracksAnswer = {
      tracks,
      before: tracks.length < query.limit ? null : (tracks.at(-1)?.number ?? null),
    };
    return context.json(answer);
  };

export const getTrack =
  (parts: TrackRouteParts) =>
  async (context: Context): Promise<Response> =>
    context.json(await trackIn(context, parts));

export const listTrackVersions =
  (parts: TrackRouteParts) =>
  async (context: Context): Promise<Response> => {
    const { id } = await trackIn(context, parts);
    const answer: TrackVersionsAnswer = { track: id, versions: await parts.fleet.tracks.versionsOf([id]) };
    return context.json(answer);
  };

export const listTrackArtifacts =
  (parts: TrackRouteParts) =>
  async (context: Context): Promise<Response> => {
    const { id, track, version } = await versionIn(context, parts);
    const rows = await parts.fleet.tracks.artifactsOf([id]);
    const answer: TrackArtifactsAnswer = { track, version, artifacts: rows.map(({ of, ...artifact }) => artifact) };
    return context.json(answer);
  };

export const listTrackMetrics =
  (parts: TrackRouteParts) =>
  async (context: Context): Promise<Response> => {
    const { id, track, version } = await versionIn(context, parts);
    const rows = await parts.fleet.tracks.metricsOf([id]);
    const answer: TrackMetricsAnswer = { track, version, metrics: rows.map(({ of, ...metric }) => metric) };
    return context.json(answer);
  };

export const getTrackTelemetry =
  (parts: TrackRouteParts) =>
  async (context: Context): Promise<Response> => {
    const { last } = queryOf(context, LastQuery, { remedy: "For example ?last=100" });
    const { id } = await trackIn(context, parts);
    const rows = await parts.fleet.telemetry.ofTracks([id], last);
    const answer: TrackTelemetryAnswer = {
      track: id,
      summaries: rows.map(({ of, text, ...row }) => ({ ...row, message: JSON.parse(text) })),
    };
    return context.json(answer);
  };

export const listTrackPlays =
  (parts: TrackRouteParts) =>
  async (context: Context): Promise<Response> => {
    const { last } = queryOf(context, LastQuery, { remedy: "For example ?last=100" });
    const { id } = await trackIn(context, parts);
    const answer: TrackPlaysAnswer = { track: id, plays: await parts.fleet.tracks.playsOf([id], last) };
    return context.json(answer);
  };

/** Throws BadRequestError for what is no id of a track, NotFoundError for one that is not there. */
async function trackIn(context: Context, { fleet }: TrackRouteParts): Promise<Track> {
  const id = context.req.param("id") ?? "";
  if (!TRACK_ID.test(id)) {
    throw new BadRequestError(`"${id.slice(0, 80)}" is no track's id`, {
      field: "id",
      remedy: 'Ids look like "t-4f1c": GET /api/v1/tracks lists them',
    });
  }
  const [track] = await fleet.tracks.tracksOf([id]);
  if (track) return track;
  throw new NotFoundError(`No track "${id}"`, { remedy: "GET /api/v1/tracks lists them" });
}

async function versionIn(context: Context, parts: TrackRouteParts): Promise<TrackVersion> {
  const text = context.req.param("version") ?? "";
  if (!VERSION.test(text)) {
    throw new BadRequestError(`"${text.slice(0, 80)}" is no version's number`, { field: "version" });
  }
  const { id } = await trackIn(context, parts);
  const found = (await parts.fleet.tracks.versionsOf([id])).find(({ version }) => version === Number(text));
  if (found) return found;
  throw new NotFoundError(`Track "${id}" has no version ${text}`, {
    remedy: `GET /api/v1/tracks/${id}/versions lists them`,
  });
}
