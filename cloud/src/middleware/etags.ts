/** Answers that are worth it into ones with an ETag, and `If-None-Match` into 304. */
import { createHash } from "node:crypto";
import type { MiddlewareHandler } from "hono";
import { etag } from "hono/etag";
import { docOf } from "./guard-routes.js";
import type { RouteDocs } from "./route-doc.js";

/** Never for what streams: its end may be far. */
export function etags(docs: RouteDocs): MiddlewareHandler {
  const generateDigest = (body: Uint8Array) => new Uint8Array(createHash("sha1").update(body).digest()).buffer;
  const tagged = etag({ weak: true, generateDigest });
  return (context, next) => (docOf(context, docs)?.hasETag ? tagged(context, next) : next());
}
