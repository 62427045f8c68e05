/** `POST /api/v1/devices/{id}/override`: an operator's command by plain HTTP. */
import { randomUUID } from "node:crypto";
import { firstIssue, OverrideAction } from "@tactus/shared";
import type { Context } from "hono";
import { z } from "zod";
import { bearerToken, type WriteAccess } from "../middleware/write-access.js";
import { BadRequestError } from "../problems.js";
import type { OverrideDesk } from "./override-desk.js";

const OverrideBody = z.object({
  /** Echoed in `override/state`; made when absent. */
  requestId: z.string().min(1).max(64).optional(),
  by: z.string().min(1).max(80),
  command: OverrideAction,
});

export const postOverride =
  ({ desk, access }: { desk: OverrideDesk; access: WriteAccess }) =>
  async (context: Context): Promise<Response> => {
    access.require(bearerToken(context.req.header("authorization")));
    const { requestId = randomUUID(), by, command } = await bodyOf(context);
    const outcome = await desk.send({ device: context.req.param("id") ?? "", requestId, by, command });
    return context.json(outcome, outcome.outcome === "pending" ? 202 : 200);
  };

async function bodyOf(context: Context): Promise<z.infer<typeof OverrideBody>> {
  const remedy = 'Send JSON such as {"by":"Ada","command":{"action":"nudge","ms":10}}';
  if (!/^application\/json\b/i.test(context.req.header("content-type") ?? "")) {
    throw new BadRequestError("The body is not declared as application/json", { field: "Content-Type", remedy });
  }
  const value: unknown = await context.req.json().catch(() => {
    throw new BadRequestError("The body is not JSON", { field: "body", remedy });
  });
  const parsed = OverrideBody.safeParse(value);
  if (parsed.success) return parsed.data;
  const field = parsed.error.issues[0]?.path.join(".") || "body";
  throw new BadRequestError(`Override ${firstIssue(parsed.error)}`, { field, remedy });
}
