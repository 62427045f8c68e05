/** Who is told by webhook or mail, whether it works, and what could not be delivered. */
import { randomBytes } from "node:crypto";
import type { Context } from "hono";
import { z } from "zod";
import type { Audit } from "../../audit/audit.js";
import type { AdminAccess } from "../../middleware/admin-access.js";
import { jsonBody, queryOf } from "../../middleware/json-body.js";
import { ConflictError, NotFoundError } from "../../problems.js";
import type { FleetStore } from "../../store/fleet-store.js";
import { SEVERITIES } from "../alert.js";
import type { MailSender } from "./mail-sender.js";
import { DELIVERY_STATES, EVENT_KINDS, type StoredDelivery, type StoredWebhook } from "./notice.js";
import type { Notifier } from "./notifier.js";
import type { WebhookSender } from "./webhook-sender.js";

export interface WebhookRouteOptions {
  fleet: FleetStore;
  notifier: Notifier;
  webhookSender: WebhookSender;
  mailSender: MailSender | undefined;
  admin: AdminAccess;
  audit: Audit;
  now(): number;
}

const MAX_WEBHOOKS = 50;

export const WebhookBody = z.strictObject({
  url: z.string().min(1).max(2000),
  name: z.string().max(80).default(""),
  minSeverity: z.enum(SEVERITIES).default("warning"),
  events: z.array(z.enum(EVENT_KINDS)).min(1).max(EVENT_KINDS.length).default(["raised", "cleared"]),
});
export const DeliveriesQuery = z.strictObject({
  state: z.enum(DELIVERY_STATES).optional(),
  limit: z.coerce.number().int().min(1).max(500).default(100),
});

/** The path of such an address is often the receiver's secret: what is shown is where it goes. */
function shown({ secret: _, url, ...webhook }: StoredWebhook) {
  return { ...webhook, origin: new URL(url).origin };
}

export const listWebhooks =
  ({ fleet, admin }: WebhookRouteOptions) =>
  async (context: Context): Promise<Response> => {
    admin.require(context);
    return context.json({ webhooks: (await fleet.notices.webhooks()).map(shown) });
  };

/** The answer is the only place where the secret is ever shown. */
export const addWebhook =
  ({ fleet, notifier, webhookSender, admin, audit, now }: WebhookRouteOptions) =>
  async (context: Context): Promise<Response> => {
    const by = admin.require(context);
    const remedy = '{"url": "https://example.org/hook", "minSeverity": "warning", "events": ["raised", "cleared"]}';
    const body = await jsonBody(context, WebhookBody, { what: "Webhook", remedy });
    const { origin } = webhookSender.check(body.url);
    if ((await fleet.notices.webhooks()).length >= MAX_WEBHOOKS)
      throw new ConflictError(`There are ${MAX_WEBHOOKS} webhooks already`, {
        remedy: "Delete one that is not needed",
      });
    const id = `wh_${randomBytes(9).toString("base64url")}`;
    const secret = `whsec_${randomBytes(32).toString("base64")}`;
    const webhook: StoredWebhook = { ...body, id, secret, createdUs: now(), createdBy: by };
    await audit({ by, action: "webhook.add", subject: id, detail: { origin, name: body.name } });
    await fleet.notices.addWebhook(webhook);
    await notifier.changed();
    return context.json({ ...shown(webhook), secret }, 201);
  };

export const removeWebhook =
  ({ fleet, notifier, admin, audit, now }: WebhookRouteOptions) =>
  async (context: Context): Promise<Response> => {
    const by = admin.require(context);
    const { id } = await requireWebhook(fleet, context.req.param("id") ?? "");
    await audit({ by, action: "webhook.remove", subject: id });
    await fleet.notices.removeWebhook(id, now());
    await notifier.changed();
    return context.body(null, 204);
  };

/** `{ok, status, reason}`: a receiver that is down is an answer, not an error of ours. */
export const testWebhook =
  ({ fleet, notifier, admin, audit }: WebhookRouteOptions) =>
  async (context: Context): Promise<Response> => {
    const by = admin.require(context);
    const webhook = await requireWebhook(fleet, context.req.param("id") ?? "");
    await audit({ by, action: "webhook.test", subject: webhook.id });
    try {
      const { status } = await notifier.testWebhook(webhook);
      return context.json({ ok: status >= 200 && status < 300, status, reason: "" });
    } catch (error) {
      return context.json({ ok: false, status: 0, reason: (error as Error).message });
    }
  };

export const testMail =
  ({ notifier, mailSender, admin, audit }: WebhookRouteOptions) =>
  async (context: Context): Promise<Response> => {
    const by = admin.require(context);
    if (!mailSender)
      throw new ConflictError("No mail server is configured", { remedy: "Set smtp in the cloud's configuration" });
    await audit({ by, action: "mail.test", subject: "mail" });
    try {
      await notifier.testMail(mailSender);
      return context.json({ ok: true, reason: "" });
    } catch (error) {
      return context.json({ ok: false, reason: (error as Error).message });
    }
  };

/** `GET /api/v1/deliveries`. */
export interface DeliveriesAnswer {
  deliveries: StoredDelivery[];
}

export const listDeliveries =
  ({ fleet, admin }: WebhookRouteOptions) =>
  async (context: Context): Promise<Response> => {
    admin.require(context);
    const query = queryOf(context, DeliveriesQuery, { remedy: "For example ?state=dead" });
    const answer: DeliveriesAnswer = { deliveries: await fleet.notices.deliveries(query) };
    return context.json(answer);
  };

export const resendDelivery =
  ({ fleet, notifier, admin, audit, now }: WebhookRouteOptions) =>
  async (context: Context): Promise<Response> => {
    const by = admin.require(context);
    const id = context.req.param("id") ?? "";
    await audit({ by, action: "delivery.resend", subject: id.slice(0, 80) });
    await fleet.notices.resend(id, now());
    await notifier.changed();
    return context.json({ id, state: "queued" });
  };

async function requireWebhook(fleet: FleetStore, id: string): Promise<StoredWebhook> {
  const webhook = (await fleet.notices.webhooks()).find((known) => known.id === id);
  if (webhook) return webhook;
  throw new NotFoundError(`No webhook "${id}"`, { remedy: "GET /api/v1/webhooks lists them" });
}
