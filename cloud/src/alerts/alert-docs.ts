/** What is said of the routes of alerts and of who is told. */
import { z } from "zod";
import type { RouteDoc, RouteDocs } from "../middleware/route-doc.js";
import { ALERT_STATES, SEVERITIES } from "./alert.js";
import { AlertsQuery, Deed } from "./alert-routes.js";
import { DeliveriesQuery, WebhookBody } from "./notify/webhook-routes.js";
import { MuteBody, RulesBody, RulesQuery } from "./rule-routes.js";

const about = "Alerts";
const Alert = z.looseObject({
  id: z.int(),
  subject: z.string(),
  rule: z.string(),
  severity: z.enum(SEVERITIES),
  state: z.enum(ALERT_STATES),
  message: z.string(),
  remedy: z.string(),
  raisedUs: z.int(),
  clearedUs: z.int(),
});
const Scope = z.looseObject({ scope: z.string() });
const Webhook = z.looseObject({ id: z.string(), name: z.string(), origin: z.string() });
const Tried = z.looseObject({ ok: z.boolean(), reason: z.string() });

const deed = (summary: string): RouteDoc => ({
  ...{ who: "operate", about, summary, body: Deed, answers: { 200: Alert }, problems: [409] },
});
const manage = (doc: Omit<RouteDoc, "who" | "about">): RouteDoc => ({ who: "manage", about: "Notices", ...doc });

export const alertDocs: RouteDocs = {
  "GET /api/v1/alerts": {
    ...{ who: "read", about, summary: "Alerts, newest first" },
    query: AlertsQuery,
    answers: { 200: z.object({ alerts: z.array(Alert), before: z.int().nullable() }) },
    hasETag: true,
  },
  "POST /api/v1/alerts/:id/acknowledge": deed("I look after it"),
  "POST /api/v1/alerts/:id/clear": deed("It is over"),
  "GET /api/v1/alert-rules": {
    ...{ who: "read", about, summary: "What is watched, from which value on" },
    query: RulesQuery,
    answers: {
      200: z.object({
        rules: z.record(z.string(), z.looseObject({})),
        scopes: z.array(Scope),
        mute: z.looseObject({}).nullable(),
      }),
    },
    hasETag: true,
  },
  "PUT /api/v1/alert-rules": {
    ...{ who: "manage", about, summary: "Set the rules of the fleet, a venue or a device" },
    body: RulesBody,
    answers: { 200: Scope },
    takesIfMatch: "etag",
  },
  "PUT /api/v1/alert-rules/mute": {
    ...{ who: "manage", about, summary: "Quiet for some time" },
    body: MuteBody,
    answers: { 200: Scope },
  },
  "GET /api/v1/webhooks": manage({
    summary: "Who is told by webhook",
    answers: { 200: z.object({ webhooks: z.array(Webhook) }) },
  }),
  "POST /api/v1/webhooks": manage({
    summary: "Add a webhook; its secret is shown this once",
    body: WebhookBody,
    answers: { 201: Webhook.extend({ secret: z.string() }) },
    problems: [409],
    isOnce: true,
  }),
  "DELETE /api/v1/webhooks/:id": manage({ summary: "Remove a webhook", answers: { 204: null } }),
  "POST /api/v1/webhooks/:id/test": manage({ summary: "Send it something", answers: { 200: Tried } }),
  "POST /api/v1/mail/test": manage({ summary: "Send a mail", answers: { 200: Tried }, problems: [409] }),
  "GET /api/v1/deliveries": manage({
    summary: "What was sent, and what could not be",
    query: DeliveriesQuery,
    answers: { 200: z.object({ deliveries: z.array(z.looseObject({ id: z.string() })) }) },
  }),
  "POST /api/v1/deliveries/:id/resend": manage({
    summary: "Once more",
    answers: { 200: z.object({ id: z.string(), state: z.literal("queued") }) },
  }),
};
