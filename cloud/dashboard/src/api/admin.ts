/** The audit log, accounts and API keys. */
import type { AuditAnswer, KeyView, Permission, Role, UserView } from "@tactus/cloud";
import { ask, get, part } from "./client.js";

export interface AuditFilter {
  subject?: string | undefined;
  by?: string | undefined;
  action?: string | undefined;
}

export const listAudit = (
  filter: AuditFilter & { before?: number | undefined; limit?: number },
  signal?: AbortSignal,
): Promise<AuditAnswer> => get("/api/v1/audit", signal, { ...filter });

export const listUsers = (signal?: AbortSignal): Promise<{ users: UserView[] }> => get("/api/v1/users", signal);
export const addUser = (body: { name: string; password: string; role: Role }): Promise<UserView> =>
  ask("POST", "/api/v1/users", { body });
export const changeUser = (
  id: number,
  body: { role?: Role; disabled?: boolean; password?: string },
): Promise<UserView> => ask("PATCH", `/api/v1/users/${id}`, { body });
export const removeUser = (id: number): Promise<void> => ask("DELETE", `/api/v1/users/${id}`);

export const listKeys = (signal?: AbortSignal): Promise<{ keys: KeyView[] }> => get("/api/v1/keys", signal);
/** The secret is told this once. */
export const addKey = (body: {
  name: string;
  scopes: Permission[];
  /** Epoch microseconds; 0 = never. */
  expiresUs: number;
}): Promise<KeyView & { secret: string }> => ask("POST", "/api/v1/keys", { body });
export const removeKey = (id: string): Promise<void> => ask("DELETE", `/api/v1/keys/${part(id)}`);
