/** Contract: who asks, and what they may do. */

export type Role = "viewer" | "operator" | "admin";

/** `read`: see everything; `operate`: the hand on a room, alerts; `manage`: fleet, models, users. */
export type Permission = "read" | "operate" | "manage";

export interface Principal {
  /** `local`: somebody on this machine while nobody has an account yet; `token`: the admin token. */
  kind: "user" | "key" | "token" | "local";
  /** For the audit log and for others in the room. */
  name: string;
  permissions: readonly Permission[];
  /** Absent for `local` and `token`. */
  userId?: number;
  /** Of the session or key that was used, to end it by. */
  credentialId?: string;
}

export interface UserView {
  id: number;
  name: string;
  role: Role;
  createdUs: number;
  /** 0 = never. */
  lastLoginUs: number;
  disabled: boolean;
}

export interface KeyView {
  id: string;
  userId: number;
  name: string;
  scopes: Permission[];
  createdUs: number;
  /** 0 = never. */
  expiresUs: number;
  /** To the minute; 0 = never. */
  lastUsedUs: number;
}
