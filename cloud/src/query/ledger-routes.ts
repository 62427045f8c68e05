/** `GET /api/v1/devices/{id}/ledger`: what became of every beat of a device, day by day. */
import { firstIssue } from "@tactus/shared";
import type { Context } from "hono";
import { z } from "zod";
import { BadRequestError } from "../problems.js";
import type { LedgerCounts } from "../store/store.js";
import { type DeviceRouteOptions, requireDevice } from "./device-routes.js";

/** Beats that fell = received + lost + unaccounted + waiting. */
export interface LedgerLine extends LedgerCounts {
  /** Of those produced, the beats that are neither here nor given up: in the box's outbox. */
  waiting: number;
}

export interface LedgerAnswer {
  device: string;
  /** Newest first; days without a beat are left out. `day`: "2026-11-22", UTC by the box's clock. */
  days: (LedgerLine & { day: string })[];
  /** All of these days together. */
  total: LedgerLine;
}

const DAY_MS = 86_400_000;
const LAST_DAY = 100_000;

const day = z
  .string()
  .regex(/^\d{4}-\d{2}-\d{2}$/, "is not a day like 2026-11-22")
  .transform((text) => Math.floor(Date.parse(`${text}T00:00:00Z`) / DAY_MS))
  .pipe(z.int());

export const LedgerQuery = z.object({ from: day.optional(), to: day.optional() });

export const getLedger =
  ({ board, store }: DeviceRouteOptions) =>
  async (context: Context): Promise<Response> => {
    const device = requireDevice(board, context.req.param("id") ?? "");
    const rows = await store.ledger(device.id, rangeOf(context.req.query()));
    const days = rows.map(({ day: number, ...counts }) => ({ day: nameOf(number), ...lineOf(counts) }));
    const answer: LedgerAnswer = { device: device.id, days, total: lineOf(sumOf(rows)) };
    return context.json(answer);
  };

/** Both days belong to it. Without them: everything. */
function rangeOf(query: Record<string, string>): { fromDay: number; toDay: number } {
  const parsed = LedgerQuery.safeParse(query);
  const { from = 0, to = LAST_DAY } = parsed.data ?? {};
  if (parsed.success && from <= to) return { fromDay: from, toDay: to };
  throw new BadRequestError(parsed.success ? "Query from: is after to" : `Query ${firstIssue(parsed.error)}`, {
    field: parsed.success ? "from" : (parsed.error.issues[0]?.path.join(".") ?? ""),
    remedy: "Give from and to as days, such as 2026-11-22",
  });
}

const nameOf = (number: number): string => new Date(number * DAY_MS).toISOString().slice(0, 10);

function sumOf(rows: readonly LedgerCounts[]): LedgerCounts {
  const sum = { produced: 0, received: 0, recovered: 0, lost: 0, unaccounted: 0 };
  for (const row of rows) {
    for (const key of Object.keys(sum) as (keyof LedgerCounts)[]) sum[key] += row[key];
  }
  return sum;
}

const lineOf = (counts: LedgerCounts): LedgerLine => ({
  ...counts,
  waiting: counts.produced - counts.received - counts.lost - counts.unaccounted,
});
