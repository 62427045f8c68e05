/** `/api/v1/rollouts`: asked for, looked at, paused, resumed, advanced, aborted, rolled back; and models activated everywhere. */
import { InputError } from "@tactus/shared";
import type { Context } from "hono";
import { z } from "zod";
import type { AdminAccess } from "../middleware/admin-access.js";
import { jsonBody, queryOf } from "../middleware/json-body.js";
import { BadRequestError } from "../problems.js";
import { ActivateBody, ROLLOUT_STATES, RolloutSpec } from "./rollout.js";
import type { RolloutDesk } from "./rollout-desk.js";
import { parseTagQuery } from "./tag-query.js";

export interface RolloutRouteOptions {
  rollouts: { desk: RolloutDesk };
  admin: AdminAccess;
}

export const RolloutsQuery = z.strictObject({
  state: z.enum(ROLLOUT_STATES).optional(),
  model: z.string().min(1).max(80).optional(),
  /** Rollouts of the page; absent = all of them. */
  limit: z.coerce.number().int().min(1).max(500).optional(),
  /** As the page before said in `next`. */
  cursor: z.string().min(1).max(80).optional(),
});

export const listRollouts =
  ({ rollouts }: RolloutRouteOptions) =>
  (context: Context): Response => {
    const { state, model, limit, cursor } = queryOf(context, RolloutsQuery, {
      remedy: "For example ?state=running&limit=20",
    });
    const asked = rollouts.desk
      .summaries()
      .filter((one) => (state === undefined || one.state === state) && (model === undefined || one.model === model));
    const begin = cursor === undefined ? 0 : asked.findIndex(({ id }) => id === cursor) + 1;
    const page = asked.slice(begin, limit === undefined ? undefined : begin + limit);
    const last = page.at(-1);
    const hasMore = last !== undefined && begin + page.length < asked.length;
    return context.json({ rollouts: page, next: hasMore ? last.id : null });
  };

export const getRollout =
  ({ rollouts }: RolloutRouteOptions) =>
  async (context: Context): Promise<Response> =>
    context.json(await rollouts.desk.detail(context.req.param("id") ?? ""));

const KEY = /^[\x21-\x7e]{1,200}$/;

/** 201 when it was made, 200 when the same key made it before. */
export const postRollout =
  ({ rollouts, admin }: RolloutRouteOptions) =>
  async (context: Context): Promise<Response> => {
    const by = admin.require(context);
    const key = context.req.header("idempotency-key");
    if (key !== undefined && !KEY.test(key)) {
      throw new BadRequestError("The idempotency key is not 1 to 200 visible characters", { field: "Idempotency-Key" });
    }
    const spec = await jsonBody(context, RolloutSpec, {
      what: "Rollout",
      remedy: 'Send JSON such as {"model":"tactus-small","version":"0.3.0","phases":[5,25,100]}',
    });
    requireQuery(spec.target);
    const { rollout, created } = await rollouts.desk.create(spec, by, key);
    return context.json(await rollouts.desk.detail(rollout.id), created ? 201 : 200);
  };

export const OrderBody = z.strictObject({
  /** For whoever looks at the decision later. */
  reason: z.string().max(400).default(""),
  rollBack: z.boolean().optional(),
  when: z.enum(["quiet", "now"]).optional(),
});

export const ROLLOUT_ACTIONS = ["pause", "resume", "advance", "abort", "rollback"] as const;
export type RolloutAction = (typeof ROLLOUT_ACTIONS)[number];

export const postRolloutAction =
  (action: RolloutAction, { rollouts: { desk }, admin }: RolloutRouteOptions) =>
  async (context: Context): Promise<Response> => {
    const by = admin.require(context);
    const id = context.req.param("id") ?? "";
    const { reason, ...rest } = await orderOf(context);
    const order = { by, reason: reason === "" ? `Asked for by ${by}` : reason, ...rest };
    const act = action === "rollback" ? desk.rollBack : desk[action];
    await act.call(desk, id, order);
    return context.json(await desk.detail(id));
  };

/** A body is not needed. */
async function orderOf(context: Context): Promise<z.infer<typeof OrderBody>> {
  if (context.req.header("content-type") === undefined) return OrderBody.parse({});
  return jsonBody(context, OrderBody, {
    what: "Order",
    remedy: 'Send nothing, or JSON such as {"reason":"sounds wrong"}',
  });
}

export const postActivate =
  ({ rollouts, admin }: RolloutRouteOptions) =>
  async (context: Context): Promise<Response> => {
    const by = admin.require(context);
    const remedy = 'Send JSON such as {"target":"all","when":"quiet"}';
    const body =
      context.req.header("content-type") === undefined
        ? ActivateBody.parse({})
        : await jsonBody(context, ActivateBody, { what: "Activation", remedy });
    requireQuery(body.target);
    const { name = "", version = "" } = context.req.param() as { name?: string; version?: string };
    const rollout = await rollouts.desk.activate(name, version, body, by);
    return context.json(await rollouts.desk.detail(rollout.id), 201);
  };

function requireQuery(target: string): void {
  try {
    parseTagQuery(target);
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    throw new BadRequestError(error.message, {
      field: "target",
      remedy: "Write a query such as: pilot and not venue:club-*",
    });
  }
}
