/** What is written of each route into who is let through to it. */
import type { Context, MiddlewareHandler } from "hono";
import { matchedRoutes } from "hono/route";
import type { Access } from "./access.js";
import type { Caller, RouteDoc, RouteDocs } from "./route-doc.js";

/** A route of the API of which nothing is written is for admins. */
export function guardRoutes({ access }: { access: Access }, docs: RouteDocs): MiddlewareHandler {
  return async (context, next) => {
    const who: Caller = docOf(context, docs)?.who ?? (isApi(context) ? "manage" : "anyone");
    if (who === "read" || who === "operate" || who === "manage") access.require(context, who);
    await next();
  };
}

/** Of the route that will answer; undefined = nothing is written of it. */
export function docOf(context: Context, docs: RouteDocs): RouteDoc | undefined {
  const method = context.req.method === "HEAD" ? "GET" : context.req.method;
  for (const { path, method: answers } of matchedRoutes(context)) {
    const doc = answers === method ? docs[`${method} ${path}`] : undefined;
    if (doc) return doc;
  }
  return undefined;
}

/** A path that is no route may be told so to anybody. */
const isApi = (context: Context): boolean =>
  matchedRoutes(context).some(({ path, method }) => method !== "ALL" && path.startsWith("/api/"));
