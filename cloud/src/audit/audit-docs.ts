/** What is said of the routes of the audit log. */
import { z } from "zod";
import type { RouteDocs } from "../middleware/route-doc.js";
import { AuditQuery } from "./audit-routes.js";

const about = "Audit";
const Entry = z.object({
  id: z.int(),
  atUs: z.int(),
  by: z.string(),
  action: z.string(),
  subject: z.string(),
  detail: z.looseObject({}),
});

export const auditDocs: RouteDocs = {
  "GET /api/v1/audit": {
    ...{ who: "manage", about, summary: "Who did what to the fleet, newest first" },
    query: AuditQuery,
    answers: {
      200: z.object({
        entries: z.array(Entry),
        before: z.int().nullable(),
        head: z.object({ id: z.int(), hash: z.string() }),
      }),
    },
  },
  "GET /api/v1/audit/export": {
    ...{ who: "manage", about, summary: "The whole log, oldest first" },
    answers: { 200: { type: "application/x-ndjson", text: "One entry a line, chained by hashes" } },
  },
};
