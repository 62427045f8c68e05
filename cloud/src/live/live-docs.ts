/** What is said of the feeds. */
import { z } from "zod";
import type { RouteDocs } from "../middleware/route-doc.js";

const about = "Live";

export const liveDocs: RouteDocs = {
  "GET /api/v1/live": {
    ...{ who: "read", about, summary: "Everything boxes say, overrides and clock pings, over a WebSocket" },
    answers: { 101: null, 426: { type: "text/plain", text: "Not asked for as a WebSocket" } },
    problems: [404, 503],
  },
  "GET /api/v1/events": {
    ...{ who: "read", about, summary: "Everything boxes say, as server-sent events" },
    query: z.object({ watch: z.string().optional() }),
    answers: { 200: { type: "text/event-stream", text: "Events as of the live feed" } },
    problems: [503],
  },
};
