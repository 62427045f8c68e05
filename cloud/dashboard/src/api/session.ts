/** Who is at this page: first admin, login, logout, password. */
import type { Permission, UserView } from "@tactus/cloud";
import { ask, get } from "./client.js";

export interface AuthAnswer {
  /** Null = nobody is logged in. */
  user: { name: string; kind: "user" | "key" | "token" | "local"; permissions: Permission[] } | null;
  /** No admin has been made yet. */
  firstRun: boolean;
}

export interface NamePassword {
  name: string;
  password: string;
}

export const getAuth = (signal?: AbortSignal): Promise<AuthAnswer> => get("/api/v1/auth", signal);

/** The admin token is needed only where this is not the cloud's own machine. */
export const beginUsers = ({ token, ...body }: NamePassword & { token: string }): Promise<{ user: UserView }> =>
  ask("POST", "/api/v1/auth/begin", { body, headers: token === "" ? {} : { authorization: `Bearer ${token}` } });

export const login = (body: NamePassword): Promise<{ user: UserView }> => ask("POST", "/api/v1/auth/login", { body });

export const logout = (): Promise<void> => ask("POST", "/api/v1/auth/logout");

export const changePassword = (body: { present: string; next: string }): Promise<void> =>
  ask("PUT", "/api/v1/auth/password", { body });
