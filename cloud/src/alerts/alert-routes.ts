/** Alerts: what is wrong, who looks after it, and its end. */
import type { Context } from "hono";
import { z } from "zod";
import type { Audit } from "../audit/audit.js";
import type { Access } from "../middleware/access.js";
import { jsonBody, queryOf } from "../middleware/json-body.js";
import { BadRequestError, ConflictError, NotFoundError } from "../problems.js";
import type { FleetStore } from "../store/fleet-store.js";
import { ALERT_STATES, SEVERITIES, type StoredAlert } from "./alert.js";
import type { AlertDesk } from "./alert-desk.js";

/** `GET /api/v1/alerts`. */
export interface AlertsAnswer {
  /** Newest first. */
  alerts: StoredAlert[];
  /** Ask again with `before` set to this for older ones; null = there are none. */
  before: number | null;
}

export interface AlertRouteOptions {
  fleet: FleetStore;
  alertDesk: AlertDesk;
  access: Access;
  audit: Audit;
  now(): number;
}

export const AlertsQuery = z.strictObject({
  state: z.enum([...ALERT_STATES, "open"]).optional(),
  device: z.string().min(1).max(130).optional(),
  severity: z.enum(SEVERITIES).optional(),
  rule: z.string().min(1).max(80).optional(),
  before: z.coerce.number().int().min(1).max(Number.MAX_SAFE_INTEGER).optional(),
  limit: z.coerce.number().int().min(1).max(500).default(100),
});

export const Deed = z.strictObject({ note: z.string().max(400).default("") });

export const listAlerts =
  ({ fleet }: Pick<AlertRouteOptions, "fleet">) =>
  async (context: Context): Promise<Response> => {
    const query = queryOf(context, AlertsQuery, { remedy: "For example ?state=open&device=club.main&limit=100" });
    const alerts = await fleet.alerts.list(query);
    const answer: AlertsAnswer = { alerts, before: alerts.length < query.limit ? null : (alerts.at(-1)?.id ?? null) };
    return context.json(answer);
  };

export const acknowledgeAlert = (options: AlertRouteOptions) => deed(options, "acknowledge");
export const clearAlert = (options: AlertRouteOptions) => deed(options, "clear");

function deed({ fleet, alertDesk, access, audit, now }: AlertRouteOptions, action: "acknowledge" | "clear") {
  return async (context: Context): Promise<Response> => {
    const by = access.require(context, "operate").name;
    const { note } = await jsonBody(context, Deed, { what: "Note", remedy: '{"note": "on my way"}, or {}' });
    await alertDesk.flush();
    const alert = await openAlert(fleet, context.req.param("id") ?? "");
    await audit({
      by,
      action: `alert.${action}`,
      subject: String(alert.id),
      detail: { device: alert.subject, rule: alert.rule, note },
    });
    return context.json(await alertDesk[action]({ id: alert.id, by, note, atUs: now() }));
  };
}

async function openAlert(fleet: FleetStore, id: string): Promise<StoredAlert> {
  if (!/^\d{1,15}$/.test(id)) throw new BadRequestError(`"${id}" is no alert's id`, { field: "id" });
  const alert = await fleet.alerts.get(Number(id));
  if (!alert) throw new NotFoundError(`No alert ${id}`, { remedy: "GET /api/v1/alerts lists them" });
  if (alert.state === "cleared") throw new ConflictError(`Alert ${id} has ended already`);
  return alert;
}
