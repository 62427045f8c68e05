/** What is said of the route of telemetry. */
import { z } from "zod";
import type { RouteDocs } from "../middleware/route-doc.js";
import { TelemetryQuery } from "./telemetry-route.js";

export const telemetryDocs: RouteDocs = {
  "GET /api/v1/devices/:id/telemetry": {
    ...{ who: "read", about: "Devices", summary: "How a box was, minute by minute" },
    query: TelemetryQuery,
    answers: {
      200: z.object({
        device: z.string(),
        fromUs: z.number(),
        toUs: z.number(),
        summaries: z.array(z.looseObject({})),
        counts: z.looseObject({}),
        next: z.string().nullable(),
      }),
    },
    hasETag: true,
  },
};
