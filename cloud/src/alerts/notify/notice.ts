/** Contract: what people are told, to whom it goes, and what has become of it. */
import type { Severity, StoredAlert } from "../alert.js";

export const EVENT_KINDS = ["raised", "acknowledged", "cleared"] as const;
export type EventKind = (typeof EVENT_KINDS)[number];

/** Something about an alert that nobody has been told yet. */
export interface PendingEvent {
  id: number;
  kind: EventKind;
  atUs: number;
  alert: StoredAlert;
}

/** One thing to be told: an alert, or many of one kind folded into one. The body of a webhook. */
export interface Notice {
  type: `alert.${EventKind}` | "test";
  /** ISO 8601. */
  timestamp: string;
  data: {
    /** One line for people. */
    title: string;
    severity: Severity;
    /** Of alerts in all; the list may be shorter. */
    count: number;
    alerts: StoredAlert[];
  };
}

/** "mail", or a webhook's id. */
export type Target = string;
export const MAIL_TARGET: Target = "mail";

export interface StoredWebhook {
  id: string;
  name: string;
  url: string;
  /** "whsec_" and base64: never leaves the cloud after creation. */
  secret: string;
  minSeverity: Severity;
  events: EventKind[];
  createdUs: number;
  createdBy: string;
}

export const DELIVERY_STATES = ["queued", "delivered", "dead"] as const;
export type DeliveryState = (typeof DELIVERY_STATES)[number];

export interface StoredDelivery {
  /** Says to the receiver whether it has seen this already. */
  id: string;
  target: Target;
  state: DeliveryState;
  attempts: number;
  queuedUs: number;
  nextUs: number;
  doneUs: number;
  lastError: string;
  notice: Notice;
}
