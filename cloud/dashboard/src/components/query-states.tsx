/** What a list shows before it is there, when it does not come, and when there is nothing in it. */
import type { UseQueryResult } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { ApiError } from "../api/client.js";
import { messages } from "../messages.js";

/** As high as the list will be about, so that nothing jumps. */
export function Loading({ rows = 4 }: { rows?: number }) {
  return (
    <div className="loading" role="status" aria-label={messages.common.loading}>
      {Array.from({ length: rows }, (_, row) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the bars are all the same
        <i key={row} aria-hidden="true" />
      ))}
    </div>
  );
}

export function Failed({ error, again }: { error: Error; again?: () => void }) {
  const remedy = error instanceof ApiError ? error.problem.remedy : undefined;
  return (
    <div className="notice notice-critical" role="alert">
      <p>
        <strong>{error.message}</strong>
        {remedy === undefined ? null : ` ${remedy}`}
      </p>
      {again && (
        <button type="button" onClick={again}>
          {messages.common.again}
        </button>
      )}
    </div>
  );
}

export function Empty({ title, children }: { title: string; children?: ReactNode }) {
  return (
    <div className="nothing">
      <p>
        <strong>{title}</strong>
      </p>
      {children}
    </div>
  );
}

/** One of the three, or what is there. */
export function Asked<T>({
  query,
  rows,
  children,
}: {
  query: Pick<UseQueryResult<T>, "data" | "error" | "refetch">;
  rows?: number;
  children(data: T): ReactNode;
}) {
  if (query.data !== undefined) return <>{children(query.data)}</>;
  if (query.error) return <Failed error={query.error} again={() => void query.refetch()} />;
  return <Loading {...(rows === undefined ? {} : { rows })} />;
}
