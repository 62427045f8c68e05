/** Whatever a route throws into problem+json with the request's id. */
import type { Context } from "hono";
import { HTTPException } from "hono/http-exception";
import type { Log } from "../log.js";
import { NotFoundError, problemOf } from "../problems.js";

export function problemHandler(log: Log) {
  return (error: unknown, context: Context): Response => {
    if (error instanceof HTTPException) return error.getResponse();
    const requestId = context.get("requestId") as string | undefined;
    const problem = { ...problemOf(error), ...(requestId === undefined ? {} : { requestId }) };
    if (problem.status === 500) log.error({ requestId, path: context.req.path, err: error }, "Request failed");
    return Response.json(problem, {
      status: problem.status,
      headers: { "content-type": "application/problem+json", "cache-control": "no-store" },
    });
  };
}

/** Thrown for every path of the API that does not exist. */
export function noSuchRoute(context: Context): never {
  throw new NotFoundError(`No route ${context.req.method} ${context.req.path}`);
}
