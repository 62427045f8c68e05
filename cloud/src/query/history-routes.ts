/** `GET /api/v1/devices/{id}/history`: the tempo and confidence of a room over any range. */
import { firstIssue, InputError } from "@tactus/shared";
import type { Context } from "hono";
import { z } from "zod";
import { BadRequestError } from "../problems.js";
import type { HistoryRange } from "../store/history-plan.js";
import type { HistoryCurve } from "../store/store.js";
import { type DeviceRouteOptions, requireDevice } from "./device-routes.js";

export interface HistoryAnswer extends HistoryCurve {
  device: string;
}

const HOUR_MS = 3_600_000;
/** 1 January 2200: beyond it a stamp is a mistake. */
const MAX_MS = 7_258_118_400_000;

/** Epoch milliseconds, or a date and time as in ISO 8601. */
export const instant = z.string().transform((text, context) => {
  const ms = /^\d+(\.\d+)?$/.test(text) ? Number(text) : Date.parse(text);
  if (ms >= 0 && ms <= MAX_MS) return ms;
  context.addIssue({ code: "custom", message: `"${text}" is neither epoch milliseconds nor an ISO 8601 time` });
  return z.NEVER;
});

export const HistoryQuery = z.object({
  from: instant.optional(),
  to: instant.optional(),
  points: z.coerce.number().int().min(1).max(2000).default(300),
});

export const getHistory =
  ({ board, store, now }: DeviceRouteOptions & { now(): number }) =>
  async (context: Context): Promise<Response> => {
    const device = requireDevice(board, context.req.param("id") ?? "");
    const range = rangeOf(context.req.query(), now());
    const answer: HistoryAnswer = { device: device.id, ...(await store.history(device.id, range).catch(explain)) };
    return context.json(answer);
  };

/** Without from and to: the last hour. */
function rangeOf(query: Record<string, string>, nowUs: number): HistoryRange {
  const parsed = HistoryQuery.safeParse(query);
  if (!parsed.success) {
    throw new BadRequestError(`Query ${firstIssue(parsed.error)}`, {
      field: parsed.error.issues[0]?.path.join(".") ?? "",
      remedy: "Give from and to as ISO 8601 or epoch milliseconds, and points from 1 to 2000",
    });
  }
  const { points, to = nowUs / 1000, from = to - HOUR_MS } = parsed.data;
  if (to <= from) {
    throw new BadRequestError(`Query to: ${new Date(to).toISOString()} is not after from`, {
      field: "to",
      remedy: "Give a later end, or leave it out for now",
    });
  }
  return { fromUs: from * 1000, toUs: to * 1000, points };
}

/** The store knows best which ranges it can answer. */
function explain(cause: Error): never {
  if (!(cause instanceof InputError)) throw cause;
  throw new BadRequestError(cause.message, {
    cause,
    field: "points",
    remedy: "Ask for more points or a shorter range",
  });
}
