/** Whatever a route throws into problem+json with the request's id. */
import type { Context } from "hono";
import type { ContentfulStatusCode } from "hono/utils/http-status";
import type { Log } from "../log.js";
import { NotFoundError, problemOf, TooLargeError } from "../problems.js";

/** Commands are small. */
export const MAX_BODY_BYTES = 64 * 1024;

export function problemHandler(log: Log) {
  return (error: unknown, context: Context): Response => {
    const requestId = context.get("requestId") as string | undefined;
    const problem = { ...problemOf(error), ...(requestId === undefined ? {} : { requestId }) };
    if (problem.status === 500) log.error({ requestId, path: context.req.path, err: error }, "Request failed");
    return context.body(JSON.stringify(problem), problem.status as ContentfulStatusCode, {
      "content-type": "application/problem+json",
      "cache-control": "no-store",
    });
  };
}

/** Thrown for every path of the API that does not exist. */
export function noSuchRoute(context: Context): never {
  throw new NotFoundError(`No route ${context.req.method} ${context.req.path}`);
}

export function bodyTooLarge(): never {
  throw new TooLargeError(`The body is larger than ${MAX_BODY_BYTES} bytes`, { field: "body" });
}
