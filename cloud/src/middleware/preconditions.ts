/** `If-Match` on a change into 412 where the thing is no longer what the caller has seen. */
import type { Context, MiddlewareHandler } from "hono";
import { PreconditionError } from "../problems.js";
import { docOf } from "./guard-routes.js";
import type { RouteDocs } from "./route-doc.js";

/**
 * For things that have no version of their own: their ETag is that of the same path's GET, asked with the caller's own
 * credentials. Between the look and the change somebody else may still be quicker, by the time that one request takes.
 */
export function preconditions(
  docs: RouteDocs,
  look: (request: Request) => Response | Promise<Response>,
): MiddlewareHandler {
  return async (context, next) => {
    const wanted = context.req.header("if-match");
    if (wanted !== undefined && docOf(context, docs)?.takesIfMatch === "etag") {
      const present = await etagNow(context, look);
      if (present === null || (wanted !== "*" && !wanted.split(/\s*,\s*/).includes(present))) {
        throw new PreconditionError("Somebody else has changed it meanwhile", {
          field: "If-Match",
          remedy: "Read it again and repeat the change on what is there now",
        });
      }
    }
    await next();
  };
}

async function etagNow(context: Context, look: (request: Request) => Response | Promise<Response>) {
  const headers = new Headers();
  for (const name of ["authorization", "cookie", "host"]) {
    const value = context.req.header(name);
    if (value !== undefined) headers.set(name, value);
  }
  const response = await look(new Request(context.req.url, { headers }));
  await response.body?.cancel();
  return response.ok ? response.headers.get("etag") : null;
}
