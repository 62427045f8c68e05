/** What the page knows by REST: asked once, kept for a while, asked again when a session has ended. */
import { MutationCache, QueryCache, QueryClient } from "@tanstack/react-query";
import { ApiError } from "./api/client.js";

export const AUTH = ["auth"] as const;

export function startQueries(): QueryClient {
  const noteEnd = (error: Error) => {
    if (error instanceof ApiError && error.problem.status === 401) void queries.invalidateQueries({ queryKey: AUTH });
  };
  const queries: QueryClient = new QueryClient({
    queryCache: new QueryCache({ onError: noteEnd }),
    mutationCache: new MutationCache({ onError: noteEnd }),
    defaultOptions: { queries: { retry: isWorthAgain, refetchOnWindowFocus: false, staleTime: 5000 } },
  });
  return queries;
}

/** What the cloud has refused, it will refuse again. */
function isWorthAgain(failures: number, error: Error): boolean {
  const status = error instanceof ApiError ? error.problem.status : 0;
  return failures < 2 && (status === 0 || status >= 500);
}
