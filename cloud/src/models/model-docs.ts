/** What is said of the routes of models and of the signed repository. */
import { z } from "zod";
import type { RouteDocs } from "../middleware/route-doc.js";
import { Publication } from "./publication.js";

const about = "Models";
const Model = z.looseObject({ name: z.string(), version: z.string() });

export const modelDocs: RouteDocs = {
  "GET /api/v1/models": {
    ...{ who: "read", about, summary: "Models that were published" },
    answers: { 200: z.object({ models: z.array(Model) }) },
    hasETag: true,
  },
  "GET /api/v1/models/:name/:version": {
    ...{ who: "read", about, summary: "One version of a model, with its card" },
    answers: { 200: Model },
    hasETag: true,
  },
  "POST /api/v1/models/publish": {
    ...{ who: "manage", about, summary: "Hand in signed metadata" },
    body: Publication,
    answers: { 200: z.looseObject({ state: z.enum(["incomplete", "published"]) }) },
    problems: [409],
  },
  "PUT /api/v1/models/artifacts/:sha256": {
    ...{ who: "manage", about, summary: "Hand in a file that was signed for" },
    body: { type: "application/octet-stream" },
    answers: { 201: z.object({ bytes: z.int() }) },
    problems: [409],
  },
  "GET /api/v1/tuf/metadata/:file": {
    ...{ who: "anyone", about, summary: "Metadata of the signed repository (TUF)" },
    answers: { 200: { type: "application/json", text: "TUF metadata" }, 304: null },
  },
  "GET /api/v1/tuf/targets/*": {
    ...{ who: "anyone", about, summary: "A file of the signed repository; ranges are answered" },
    answers: {
      200: { type: "application/octet-stream", text: "The file" },
      206: { type: "application/octet-stream", text: "A range of it" },
      304: null,
      416: null,
    },
  },
};
