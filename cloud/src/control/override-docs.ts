/** What is said of the route of overrides. */
import { z } from "zod";
import type { RouteDocs } from "../middleware/route-doc.js";
import { OverrideBody } from "./override-routes.js";

const Outcome = z.object({
  requestId: z.string(),
  device: z.string(),
  outcome: z.enum(["done", "refused", "pending"]),
  state: z.looseObject({}).nullable(),
});

export const overrideDocs: RouteDocs = {
  "POST /api/v1/devices/:id/override": {
    ...{
      who: "operate",
      about: "Devices",
      summary: "The hand on the beat: tap, nudge, half, double, hold, release, …",
    },
    body: OverrideBody,
    answers: { 200: Outcome, 202: Outcome },
  },
};
