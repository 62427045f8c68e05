/** `POST /api/v1/devices/{id}/override`: an operator's command by plain HTTP. */
import { randomUUID } from "node:crypto";
import { OverrideAction } from "@tactus/shared";
import type { Context } from "hono";
import { z } from "zod";
import { type Access, signedBy } from "../middleware/access.js";
import { jsonBody } from "../middleware/json-body.js";
import type { OverrideDesk } from "./override-desk.js";

export const OverrideBody = z.object({
  /** Echoed in `override/state`; made when absent. */
  requestId: z.string().min(1).max(64).optional(),
  by: z.string().min(1).max(80),
  command: OverrideAction,
});

export const postOverride =
  ({ desk, access }: { desk: OverrideDesk; access: Access }) =>
  async (context: Context): Promise<Response> => {
    const principal = access.require(context, "operate");
    const { requestId = randomUUID(), by, command } = await jsonBody(context, OverrideBody, BODY);
    const outcome = await desk.send({
      device: context.req.param("id") ?? "",
      requestId,
      by: signedBy(principal, by),
      command,
    });
    return context.json(outcome, outcome.outcome === "pending" ? 202 : 200);
  };

const BODY = { what: "Override", remedy: 'Send JSON such as {"by":"Ada","command":{"action":"nudge","ms":10}}' };
