/** Alerts, the rules behind them, and who is told. */
import type {
  AlertsAnswer,
  DeliveriesAnswer,
  RuleChanges,
  RulesAnswer,
  StoredAlert,
  StoredScope,
  StoredWebhook,
} from "@tactus/cloud";
import { ask, get, part } from "./client.js";

export interface AlertFilter {
  state?: string | undefined;
  severity?: string | undefined;
  device?: string | undefined;
  rule?: string | undefined;
}

export const listAlerts = (
  filter: AlertFilter & { before?: number | undefined; limit?: number },
  signal?: AbortSignal,
): Promise<AlertsAnswer> => get("/api/v1/alerts", signal, { ...filter });

export const acknowledgeAlert = (id: number, note: string): Promise<StoredAlert> =>
  ask("POST", `/api/v1/alerts/${id}/acknowledge`, { body: { note } });

export const clearAlert = (id: number, note: string): Promise<StoredAlert> =>
  ask("POST", `/api/v1/alerts/${id}/clear`, { body: { note } });

export const getRules = (device: string | undefined, signal?: AbortSignal): Promise<RulesAnswer> =>
  get("/api/v1/alert-rules", signal, { device });

export const putRules = (body: {
  scope: string;
  rules: RuleChanges;
  hours: StoredScope["settings"]["hours"];
}): Promise<StoredScope> => ask("PUT", "/api/v1/alert-rules", { body });

/** `forS` 0 ends the mute; no rules = all of them. */
export const putMute = (body: {
  scope: string;
  forS: number;
  reason: string;
  rules?: string[];
}): Promise<StoredScope> => ask("PUT", "/api/v1/alert-rules/mute", { body });

export type Webhook = Omit<StoredWebhook, "secret" | "url"> & { origin: string };
export type NewWebhook = Pick<StoredWebhook, "url" | "name" | "minSeverity" | "events">;

export interface TestAnswer {
  ok: boolean;
  status?: number;
  reason: string;
}

export const listWebhooks = (signal?: AbortSignal): Promise<{ webhooks: Webhook[] }> => get("/api/v1/webhooks", signal);
export const addWebhook = (body: NewWebhook): Promise<Webhook & { secret: string }> =>
  ask("POST", "/api/v1/webhooks", { body });
export const removeWebhook = (id: string): Promise<void> => ask("DELETE", `/api/v1/webhooks/${part(id)}`);
export const testWebhook = (id: string): Promise<TestAnswer> => ask("POST", `/api/v1/webhooks/${part(id)}/test`);
export const testMail = (): Promise<TestAnswer> => ask("POST", "/api/v1/mail/test");
export const listDeliveries = (signal?: AbortSignal): Promise<DeliveriesAnswer> =>
  get("/api/v1/deliveries", signal, { limit: 100 });
export const resendDelivery = (id: string): Promise<void> => ask("POST", `/api/v1/deliveries/${part(id)}/resend`);
