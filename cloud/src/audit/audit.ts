/** Contract: who did what to the fleet. */

export interface AuditEntry {
  /** Who, as they said: a person, or "rollout r-12", "device club.main". */
  by: string;
  /** What, as noun and verb: "rollout.abort". */
  action: string;
  /** To what: a device id, a rollout id, a model version. */
  subject: string;
  /** How, as far as it matters: never a secret. */
  detail?: Record<string, unknown>;
}

export interface StoredAuditEntry extends Required<AuditEntry> {
  id: number;
  atUs: number;
}

/** Resolves when it is on disk. What cannot be noted is not done: await it before the deed. */
export type Audit = (entry: AuditEntry) => Promise<void>;
