/** A request to the cloud's REST interface into its answer, or into a problem that names field and remedy. */
import type { Problem } from "@tactus/cloud";

export class ApiError extends Error {
  readonly problem: Problem;

  constructor(problem: Problem) {
    super(problem.detail);
    this.name = "ApiError";
    this.problem = problem;
  }
}

export interface Asking {
  body?: unknown;
  /** Empty and undefined values are left out. */
  query?: Record<string, string | number | undefined>;
  headers?: Record<string, string>;
  signal?: AbortSignal;
}

/** Throws ApiError; `undefined` for an answer without a body. */
export async function ask<T>(method: string, path: string, asking: Asking = {}): Promise<T> {
  const { body, query = {}, headers, signal } = asking;
  const response = await fetch(withQuery(path, query), {
    method,
    headers: {
      accept: "application/json",
      ...(body === undefined ? {} : { "content-type": "application/json" }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    ...(signal ? { signal } : {}),
  }).catch((cause: unknown) => {
    if (signal?.aborted) throw cause;
    throw new ApiError(lost(cause));
  });
  if (!response.ok) throw new ApiError(await problemIn(response));
  return response.status === 204 ? (undefined as T) : ((await response.json()) as T);
}

export const get = <T>(path: string, signal?: AbortSignal, query?: Asking["query"]): Promise<T> =>
  ask<T>("GET", path, { ...(signal ? { signal } : {}), ...(query ? { query } : {}) });

/** One part of a path. */
export const part = encodeURIComponent;

function withQuery(path: string, query: NonNullable<Asking["query"]>): string {
  const given = Object.entries(query).filter(([, value]) => value !== undefined && value !== "");
  if (given.length === 0) return path;
  return `${path}?${new URLSearchParams(given.map(([name, value]) => [name, String(value)]))}`;
}

/** A proxy in between may answer with anything. */
async function problemIn(response: Response): Promise<Problem> {
  const fallback = { type: "about:blank", title: response.statusText, status: response.status };
  const body = (await response.json().catch(() => undefined)) as Partial<Problem> | undefined;
  return { ...fallback, detail: `The cloud answered ${response.status} ${response.statusText}`.trim(), ...body };
}

function lost(cause: unknown): Problem {
  const why = cause instanceof Error ? cause.message : String(cause);
  return { type: "about:blank", title: "No connection", status: 0, detail: `The cloud cannot be reached (${why})` };
}
