/** `/api/v1/devices/{id}/commands`: things to do once, and what came of them. */
import { randomUUID } from "node:crypto";
import { CommandAction } from "@tactus/shared";
import type { Context } from "hono";
import { z } from "zod";
import type { AdminAccess } from "../middleware/admin-access.js";
import { jsonBody, queryOf } from "../middleware/json-body.js";
import type { FleetStore } from "../store/fleet-store.js";
import { type CommandDesk, hasEnded } from "./command-desk.js";

export interface CommandRouteParts {
  commands: CommandDesk;
  fleet: FleetStore;
  admin: AdminAccess;
}

export const CommandBody = z.strictObject({
  /** Made when absent. The same one again is the same request and is done once. */
  requestId: z
    .string()
    .regex(/^[\w.-]{1,64}$/, "must be 1 to 64 letters, digits, dots, hyphens or underscores")
    .optional(),
  command: CommandAction,
  /** The box begins it within this time or not at all, seconds. */
  expiresInS: z.int().min(1).max(86_400).default(60),
  /** The answer waits this long for the end of it, seconds. */
  waitS: z.number().min(0).max(60).default(5),
});
export const WaitQuery = z.object({ waitS: z.coerce.number().min(0).max(60).default(0) });
export const ListQuery = z.object({ limit: z.coerce.number().int().min(1).max(200).default(50) });

/** 200 when it has ended, 202 while it goes on. */
export const postCommand =
  ({ commands, admin }: CommandRouteParts) =>
  async (context: Context): Promise<Response> => {
    const by = admin.require(context);
    const { requestId = randomUUID(), command, expiresInS, waitS } = await jsonBody(context, CommandBody, BODY);
    const sent = await commands.send({ device: deviceOf(context), requestId, by, command, expiresInS });
    const settled = await commands.settled(sent, waitS);
    return context.json(settled, hasEnded(settled) ? 200 : 202);
  };

export const getCommand =
  ({ commands, admin }: CommandRouteParts) =>
  async (context: Context): Promise<Response> => {
    admin.require(context);
    const { waitS } = queryOf(context, WaitQuery, { remedy: "waitS is 0 to 60 seconds" });
    const known = await commands.find(deviceOf(context), context.req.param("request") ?? "");
    return context.json(await commands.settled(known, waitS));
  };

export const listCommands =
  ({ fleet, admin }: CommandRouteParts) =>
  async (context: Context): Promise<Response> => {
    admin.require(context);
    const { limit } = queryOf(context, ListQuery, { remedy: "limit is 1 to 200" });
    return context.json({ commands: await fleet.twins.commands(deviceOf(context), limit) });
  };

const deviceOf = (context: Context): string => context.req.param("id") ?? "";
const BODY = { what: "Command", remedy: 'Send JSON such as {"command":{"action":"restart","part":"hearing"}}' };
