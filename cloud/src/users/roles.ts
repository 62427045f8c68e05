/** What each role may do. */
import type { Permission, Role } from "./principal.js";

export const PERMISSIONS = {
  viewer: ["read"],
  operator: ["read", "operate"],
  admin: ["read", "operate", "manage"],
} as const satisfies Record<Role, readonly Permission[]>;

/** Of the wished-for scopes those that the role has. */
export const scopesWithin = (role: Role, wanted: readonly Permission[]): Permission[] =>
  PERMISSIONS[role].filter((permission) => wanted.includes(permission));
