/** What is said of the description itself. */
import { z } from "zod";
import type { RouteDocs } from "../middleware/route-doc.js";

const about = "Cloud";

export const openApiDocs: RouteDocs = {
  "GET /openapi.json": {
    ...{ who: "anyone", about, summary: "This description" },
    answers: { 200: z.looseObject({ openapi: z.string() }) },
    hasETag: true,
  },
  "GET /docs": {
    ...{ who: "anyone", about, summary: "This description as a page" },
    answers: { 200: { type: "text/html", text: "A page" } },
  },
  "GET /docs.css": {
    ...{ who: "anyone", about, summary: "How that page looks" },
    answers: { 200: { type: "text/css", text: "A stylesheet" } },
  },
};
