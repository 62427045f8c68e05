/** `GET /api/v1/devices/{id}/telemetry`: how a box was, minute by minute, with the times at which it was so. */
import type { Context } from "hono";
import { z } from "zod";
import type { DeviceBoard } from "../live/device-board.js";
import { queryOf } from "../middleware/json-body.js";
import { BadRequestError, NotFoundError } from "../problems.js";
import type { FleetStore } from "../store/fleet-store.js";
import type { StoredSummary, SummaryCounts } from "./telemetry-tables.js";

export interface TelemetryRouteParts {
  board: DeviceBoard;
  fleet: FleetStore;
  now(): number;
}

export interface TelemetryAnswer {
  device: string;
  fromUs: number;
  toUs: number;
  /** Oldest first. */
  summaries: StoredSummary[];
  /** Of every session that made one in this range, its summaries outside of it included. */
  counts: SummaryCounts;
  /** There are more: ask again with this as `from`, ISO 8601; null = these were all. */
  next: string | null;
}

const HOUR_US = 3_600_000_000;
/** 1 January 2200: beyond it a stamp is a mistake. */
const MAX_MS = 7_258_118_400_000;

/** Epoch milliseconds, or a date and time as in ISO 8601. */
const instantUs = z.string().transform((text, context) => {
  const ms = /^\d+(\.\d+)?$/.test(text) ? Number(text) : Date.parse(text);
  if (ms >= 0 && ms <= MAX_MS) return Math.round(ms * 1000);
  context.addIssue({ code: "custom", message: `"${text}" is neither epoch milliseconds nor an ISO 8601 time` });
  return z.NEVER;
});
export const TelemetryQuery = z.object({
  from: instantUs.optional(),
  to: instantUs.optional(),
  limit: z.coerce.number().int().min(1).max(1500).default(300),
});

/** Without from and to: the last hour. */
export const getTelemetry =
  ({ board, fleet, now }: TelemetryRouteParts) =>
  async (context: Context): Promise<Response> => {
    const device = context.req.param("id") ?? "";
    if (!board.detail(device)) throw new NotFoundError(`No device "${device.slice(0, 130)}" has ever been seen here`);
    const { limit, ...range } = queryOf(context, TelemetryQuery, {
      remedy: "Give from and to as ISO 8601 or epoch milliseconds, and limit from 1 to 1500",
    });
    const toUs = range.to ?? now();
    const fromUs = range.from ?? toUs - HOUR_US;
    if (toUs <= fromUs) throw new BadRequestError("Query to: is not after from", { field: "to" });
    const found = await fleet.telemetry.list(device, { fromUs, toUs, limit: limit + 1 });
    const counts = await fleet.telemetry.counts(device, { fromUs, toUs });
    const more = found[limit];
    const next = more ? new Date(Math.floor(more.atUs / 1000)).toISOString() : null;
    const answer: TelemetryAnswer = { device, fromUs, toUs, summaries: found.slice(0, limit), counts, next };
    return context.json(answer);
  };
