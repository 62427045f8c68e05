/** Who is at this page and what they may do. */
import type { Permission } from "@tactus/cloud";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { type AuthAnswer, getAuth } from "./api/session.js";
import { AUTH } from "./queries.js";

export interface Auth extends AuthAnswer {
  may(permission: Permission): boolean;
}

export function useAuthQuery() {
  return useQuery({ queryKey: AUTH, queryFn: ({ signal }) => getAuth(signal), staleTime: 60_000 });
}

/** Below the shell there is always an answer. */
export function useAuth(): Auth {
  const { data = { user: null, firstRun: false } } = useAuthQuery();
  return { ...data, may: (permission) => data.user?.permissions.includes(permission) ?? false };
}

/** Call after a login or logout: everything is asked again as somebody else. */
export function useNewSession(): () => Promise<void> {
  const queries = useQueryClient();
  return async () => {
    queries.removeQueries({ predicate: ({ queryKey }) => queryKey[0] !== AUTH[0] });
    await queries.invalidateQueries({ queryKey: AUTH });
  };
}
