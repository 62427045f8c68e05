/** `/api/v1/fleet/config`, `/api/v1/venues/{venue}/config`, `/api/v1/devices/{id}/config`: read, change and undo one layer. */
import { parseName, RemoteConfig } from "@tactus/shared";
import type { Context } from "hono";
import { z } from "zod";
import { parseDeviceId } from "../device-id.js";
import type { AdminAccess } from "../middleware/admin-access.js";
import { jsonBody } from "../middleware/json-body.js";
import { BadRequestError } from "../problems.js";
import type { ConfigDesk, LayerAnswer } from "./config-desk.js";
import { type ConfigPatch, type Scope, SETTINGS } from "./config-layers.js";
import type { LayerName } from "./twin-tables.js";

export interface ConfigRouteParts {
  configs: ConfigDesk;
  admin: AdminAccess;
}

export const Patch: z.ZodType<ConfigPatch> = z.strictObject(
  Object.fromEntries(Object.entries(RemoteConfig.shape).map(([name, schema]) => [name, schema.nullable()])),
);
export const Undo = z.strictObject({
  /** The state to go back to; absent = the one before the newest change. */
  version: z.int().min(0).optional(),
});

export const getConfig =
  (scope: Scope, { configs }: ConfigRouteParts) =>
  async (context: Context): Promise<Response> =>
    answer(context, await configs.layer(layerOf(scope, context)));

export const patchConfig =
  (scope: Scope, { configs, admin }: ConfigRouteParts) =>
  async (context: Context): Promise<Response> => {
    const by = admin.require(context);
    const name = layerOf(scope, context);
    const patch = await jsonBody(context, Patch, PATCH_BODY);
    return answer(context, await configs.change({ name, by, expectedVersion: expectedVersionOf(context), patch }));
  };

export const undoConfig =
  (scope: Scope, { configs, admin }: ConfigRouteParts) =>
  async (context: Context): Promise<Response> => {
    const by = admin.require(context);
    const name = layerOf(scope, context);
    const { version } = await jsonBody(context, Undo, UNDO_BODY);
    return answer(context, await configs.undo({ name, by, expectedVersion: expectedVersionOf(context), version }));
  };

const PATCH_BODY = {
  what: "Config",
  remedy: `Send JSON such as {"leadMs":250,"freezeMs":null}; settings are ${SETTINGS.join(", ")}, null takes one out`,
};
const UNDO_BODY = { what: "Undo", remedy: 'Send {} for the newest change, or {"version":3} to go back further' };

/** Throws BadRequestError for what names no venue or device. */
function layerOf(scope: Scope, context: Context): LayerName {
  if (scope === "fleet") return { scope, subject: "" };
  const subject = context.req.param(scope === "venue" ? "venue" : "id") ?? "";
  try {
    if (scope === "venue") parseName(subject, "Venue");
    else parseDeviceId(subject);
  } catch (cause) {
    const remedy = 'Venues look like "club", device ids like "club.booth"';
    throw new BadRequestError((cause as Error).message, { cause, field: scope === "venue" ? "venue" : "id", remedy });
  }
  return { scope, subject };
}

/** `If-Match: "3"`: the change holds only for that version. */
function expectedVersionOf(context: Context): number | undefined {
  const header = context.req.header("if-match");
  if (header === undefined || header === "*") return undefined;
  const [, version] = /^"?(\d{1,9})"?$/.exec(header) ?? [];
  if (version !== undefined) return Number(version);
  throw new BadRequestError(`If-Match: ${header.slice(0, 40)} is no version of a configuration`, {
    field: "If-Match",
    remedy: 'Give the ETag of the last answer, such as "3"',
  });
}

function answer(context: Context, layer: LayerAnswer): Response {
  return context.json(layer, 200, { etag: `"${layer.version}"` });
}
