/** `GET /openapi.json` and `GET /docs`: what programs can ask of this cloud, for programs and for people. */
import type { Context } from "hono";
import type { RouteDocs } from "../middleware/route-doc.js";
import { DOCS_STYLE, docsPage } from "./docs-page.js";
import { openApiDocument } from "./openapi-document.js";

/** Made at the first request: it takes some milliseconds, and most clouds are never asked. */
export function openApiRoutes(docs: RouteDocs, version: string) {
  let text: string | undefined;
  let page: string | undefined;
  return {
    getDocument: (context: Context): Response => {
      text ??= JSON.stringify(openApiDocument(docs, version));
      return context.body(text, 200, { "content-type": "application/json", "cache-control": "no-cache" });
    },
    getPage: (context: Context): Response => {
      page ??= docsPage(openApiDocument(docs, version));
      return context.html(page, 200, { "cache-control": "no-cache" });
    },
    getStyle: (context: Context): Response =>
      context.body(DOCS_STYLE, 200, { "content-type": "text/css; charset=utf-8", "cache-control": "no-cache" }),
  };
}
