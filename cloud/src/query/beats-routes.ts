/** `GET /api/v1/devices/{id}/beats`: the beats themselves, a page at a time, as JSON or one beat a line. */
import { firstIssue } from "@tactus/shared";
import type { Context } from "hono";
import { z } from "zod";
import { BadRequestError } from "../problems.js";
import type { BeatPage, DatedBeat } from "../store/store.js";
import { type DeviceRouteOptions, requireDevice } from "./device-routes.js";
import { instant } from "./history-routes.js";

export interface BeatsAnswer {
  device: string;
  beats: DatedBeat[];
  /** Where the next page is; null = this was the last one. */
  next: string | null;
}

const MINUTE_MS = 60_000;
const NDJSON = "application/x-ndjson";

export const BeatsQuery = z.object({
  from: instant.optional(),
  to: instant.optional(),
  /** Beats of the page. */
  limit: z.coerce.number().int().min(1).max(10_000).default(1000),
  /** Beats to pass over: those at `from` that the page before had. */
  skip: z.coerce.number().int().min(0).max(100_000).default(0),
});

/** Without from and to: the last minute. */
export const getBeats =
  ({ board, store, now }: DeviceRouteOptions & { now(): number }) =>
  async (context: Context): Promise<Response> => {
    const { id } = requireDevice(board, context.req.param("id") ?? "");
    const query = queryOf(context.req.query(), now());
    const page = await store.beats(id, query);
    const next = nextOf(id, query, page);
    if (next !== null) context.header("link", `<${next}>; rel="next"`);
    if (!context.req.header("accept")?.includes(NDJSON)) {
      const answer: BeatsAnswer = { device: id, beats: page.beats, next };
      return context.json(answer);
    }
    const lines = page.beats.map((beat) => `${JSON.stringify(beat)}\n`).join("");
    return context.body(lines, 200, { "content-type": NDJSON });
  };

interface Query {
  fromUs: number;
  toUs: number;
  limit: number;
  skip: number;
}

function queryOf(query: Record<string, string>, nowUs: number): Query {
  const parsed = BeatsQuery.safeParse(query);
  if (!parsed.success) {
    throw new BadRequestError(`Query ${firstIssue(parsed.error)}`, {
      field: parsed.error.issues[0]?.path.join(".") ?? "",
      remedy: "Give from and to as ISO 8601 or epoch milliseconds, limit from 1 to 10000; follow next for more",
    });
  }
  const { to = nowUs / 1000, from = to - MINUTE_MS, ...page } = parsed.data;
  if (to > from) return { fromUs: Math.round(from * 1000), toUs: Math.round(to * 1000), ...page };
  throw new BadRequestError("Query to: is not after from", { field: "to", remedy: "Give a later end" });
}

/** From the last beat on, past those at the same instant that have been given. */
function nextOf(id: string, { toUs, limit, skip, fromUs }: Query, { beats, hasMore }: BeatPage): string | null {
  const last = beats.at(-1);
  if (!hasMore || !last) return null;
  const given = beats.filter(({ atUs }) => atUs === last.atUs).length + (last.atUs === fromUs ? skip : 0);
  const ms = (us: number) => `${Math.floor(us / 1000)}.${String(us % 1000).padStart(3, "0")}`;
  return `/api/v1/devices/${id}/beats?from=${ms(last.atUs)}&to=${ms(toUs)}&limit=${limit}&skip=${given}`;
}
