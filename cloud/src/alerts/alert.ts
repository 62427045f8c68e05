/** Contract: something is wrong with a device or with the cloud, and what has become of it. */
import type { AlertMessage } from "@tactus/shared";

export type Severity = AlertMessage["severity"];
export const SEVERITIES = ["info", "warning", "critical"] as const satisfies readonly Severity[];

export const ALERT_STATES = ["raised", "acknowledged", "cleared"] as const;
export type AlertState = (typeof ALERT_STATES)[number];

/** Where a device is meant but the cloud itself is the one in trouble. */
export const CLOUD_SUBJECT = "cloud";

/** A rule's name, or "device:<id>" for an alert that the device itself raised. */
export type AlertKey = string;

export interface StoredAlert {
  id: number;
  /** Device id, or "cloud". */
  subject: string;
  rule: AlertKey;
  severity: Severity;
  state: AlertState;
  message: string;
  /** What helps; may be empty. */
  remedy: string;
  raisedUs: number;
  /** 0 = not yet; likewise below. */
  acknowledgedUs: number;
  acknowledgedBy: string;
  note: string;
  clearedUs: number;
  /** Empty = by itself. */
  clearedBy: string;
}

interface ChangeOf {
  subject: string;
  rule: AlertKey;
  atUs: number;
}
export interface RaisedChange extends ChangeOf {
  kind: "raised";
  severity: Severity;
  message: string;
  remedy: string;
}
/** What the rules have found, in this order, to be stored. `updated`: still there, other words. */
export type AlertChange =
  | RaisedChange
  | (Omit<RaisedChange, "kind"> & { kind: "updated" })
  | (ChangeOf & { kind: "cleared" });
