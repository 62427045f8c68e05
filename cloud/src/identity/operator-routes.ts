/** What operators do with boxes: claim, provision, let in beforehand, rotate, revoke, describe, decommission. */
import { ClaimCode, KeyFingerprint, Serial } from "@tactus/shared";
import type { Context } from "hono";
import { z } from "zod";
import type { Audit } from "../audit/audit.js";
import type { DeviceAuth } from "../broker/device-auth.js";
import { deviceIdOf, parseDeviceId } from "../device-id.js";
import type { DeviceBoard } from "../live/device-board.js";
import type { AdminAccess } from "../middleware/admin-access.js";
import { requireDeviceLogin } from "../middleware/device-access.js";
import { jsonBody } from "../middleware/json-body.js";
import { BadRequestError, ConflictError, ForbiddenError, NotFoundError } from "../problems.js";
import type { FleetStore } from "../store/fleet-store.js";
import type { AttemptLimits } from "./attempt-limits.js";
import { noStore, requireRate } from "./claim-routes.js";
import type { IdentityDesk } from "./identity-desk.js";
import type { Placement } from "./identity-tables.js";

export interface OperatorRouteOptions {
  fleet: FleetStore;
  admin: AdminAccess;
  audit: Audit;
  auth: DeviceAuth;
  board: DeviceBoard;
  identity: IdentityDesk;
  /** The box is told how it is called from now on, now or when it comes. */
  onNamed(device: string, name: string, by: string): Promise<void>;
  /** Codes that are tried. */
  guesses: AttemptLimits;
  now(): number;
}

const DAY_US = 86_400_000_000;
const MAX_AT_ONCE = 1000;

const name = z
  .string()
  .regex(/^[a-z0-9][a-z0-9-]{0,62}$/, { error: 'holds only a–z, 0–9 and "-", 1 to 63 characters' });
const label = z.string().trim().min(1).max(80);
const Tags = z.array(z.string().regex(/^[\w.:=/-]{1,64}$/, { error: "is one word of at most 64 characters" })).max(32);
const Place = { venue: name, device: name, name: label.optional(), tags: Tags.default([]) };

export const ClaimBody = z.strictObject({ code: ClaimCode, ...Place, replace: z.boolean().default(false) });
const id = z.string().regex(/^[a-z0-9][a-z0-9-]{0,62}\.[a-z0-9][a-z0-9-]{0,62}$/, { error: 'is "<venue>.<device>"' });
const ById = { id, name: label.optional(), tags: Tags.default([]) };
const replace = z.boolean().default(false);
/** By id, or by venue and device. */
export const OneBox = z.union([z.strictObject({ ...ById, replace }), z.strictObject({ ...Place, replace })]);
export const ManyBoxes = z.strictObject({
  devices: z
    .array(z.union([z.strictObject(ById), z.strictObject(Place)]))
    .min(1)
    .max(MAX_AT_ONCE),
  replace,
});
export const PreauthorizeBody = z.strictObject({
  serial: Serial,
  /** Only the box with this key; absent = whoever shows the serial first. */
  keyFingerprint: KeyFingerprint.optional(),
  ...Place,
  /** Not after so many days. */
  days: z.number().min(0.001).max(3650).default(90),
});
export const DescribeBody = z.strictObject({ name: label.optional(), tags: Tags.optional() });

type Options = OperatorRouteOptions;

/** `POST /api/v1/devices/claim`. */
export const claimDevice =
  ({ admin, identity, guesses, now }: Options) =>
  async (context: Context): Promise<Response> => {
    const by = admin.require(context);
    requireRate(guesses, context, now());
    const { code, replace, ...place } = await jsonBody(context, ClaimBody, CLAIM);
    const at = placement(place, by);
    await identity.claim(code, at, { replace });
    return noStore(context).json({ device: at.device }, 201);
  };

/** `POST /api/v1/devices`: one box or a list; the answer has the logins, told this once. */
export const provisionDevices =
  ({ admin, identity }: Options) =>
  async (context: Context): Promise<Response> => {
    const by = admin.require(context);
    const body = await jsonBody(context, z.union([ManyBoxes, OneBox]), PROVISION);
    const places = "devices" in body ? body.devices : [body];
    const placements = places.map((place) => placement(place, by));
    const twice = placements.find((one, index) => placements.findIndex(({ device }) => device === one.device) < index);
    if (twice) throw new BadRequestError(`"${twice.device}" is in the list twice`, { field: "devices" });
    const logins = await identity.provision(placements, { replace: body.replace });
    return noStore(context).json("devices" in body ? { devices: logins } : (logins[0] ?? {}), 201);
  };

/** `POST /api/v1/preauthorizations`. */
export const preauthorize =
  ({ admin, fleet, audit, now }: Options) =>
  async (context: Context): Promise<Response> => {
    const by = admin.require(context);
    const { serial, keyFingerprint = "", days, ...place } = await jsonBody(context, PreauthorizeBody, PREAUTHORIZE);
    const at = placement(place, by);
    const createdUs = now();
    const promise = { serial, keyFingerprint, ...at, createdUs, expiresUs: createdUs + Math.round(days * DAY_US) };
    await audit({ by, action: "device.preauthorize", subject: at.device, detail: { serial, keyFingerprint } });
    if (!(await fleet.identity.preauthorize(promise))) {
      throw new ConflictError(`"${at.device}" has a box, or was promised to one`, { field: "device" });
    }
    return noStore(context).json(promise, 201);
  };

export const listPreauthorizations =
  ({ admin, fleet, now }: Options) =>
  async (context: Context): Promise<Response> => {
    admin.require(context);
    return noStore(context).json({ preauthorizations: await fleet.identity.preauthorizations(now()) });
  };

/** `DELETE /api/v1/preauthorizations/{serial}`. */
export const withdrawPreauthorization =
  ({ admin, fleet, audit }: Options) =>
  async (context: Context): Promise<Response> => {
    const by = admin.require(context);
    const serial = (context.req.param("serial") ?? "").slice(0, 64);
    await audit({ by, action: "device.withdraw-preauthorization", subject: serial });
    if (!(await fleet.identity.withdraw(serial))) throw new NotFoundError(`No serial "${serial}" is let in beforehand`);
    return context.body(null, 204);
  };

/** `POST /api/v1/devices/{id}/credentials/rotate`: by the box itself with its login, or by an operator. */
export const rotateCredentials =
  (options: Options) =>
  async (context: Context): Promise<Response> => {
    const device = deviceIn(context);
    const by = await rotatedBy(options, context, device);
    const { username, password } = await options.identity.rotate(device, by);
    return noStore(context).json({ v: 1, username, password }, 201);
  };

/** `GET /api/v1/devices/{id}/credentials`: when they were made, used, revoked. */
export const listCredentials =
  ({ admin, fleet }: Options) =>
  async (context: Context): Promise<Response> => {
    admin.require(context);
    const device = deviceIn(context);
    const [credentials, box] = await Promise.all([fleet.credentials.history(device), fleet.identity.box(device)]);
    return noStore(context).json({ box: box ?? null, credentials });
  };

/** `DELETE /api/v1/devices/{id}/credentials`. */
export const revokeCredentials =
  ({ admin, identity }: Options) =>
  async (context: Context): Promise<Response> => {
    await identity.revoke(deviceIn(context), admin.require(context));
    return context.body(null, 204);
  };

/** `PATCH /api/v1/devices/{id}`. */
export const describeDevice =
  ({ admin, fleet, audit, board, onNamed, now }: Options) =>
  async (context: Context): Promise<Response> => {
    const by = admin.require(context);
    const device = deviceIn(context);
    const change = await jsonBody(context, DescribeBody, DESCRIBE);
    if (!board.detail(device)) throw new NotFoundError(`No device "${device}" is known here`, { field: "id" });
    await audit({ by, action: "device.describe", subject: device, detail: change });
    await fleet.identity.describe(device, change, now());
    board.describe(device, change, now());
    if (change.name !== undefined) await onNamed(device, change.name, by);
    return context.json(board.detail(device));
  };

/** `DELETE /api/v1/devices/{id}`. */
export const decommissionDevice =
  ({ admin, identity }: Options) =>
  async (context: Context): Promise<Response> => {
    await identity.decommission(deviceIn(context), admin.require(context));
    return context.body(null, 204);
  };

/** `GET /api/v1/identity`: a box asks whether its login is good and how old it is. */
export const getIdentity =
  ({ auth, identity, fleet, now }: Options) =>
  async (context: Context): Promise<Response> => {
    const device = deviceIdOf(await requireDeviceLogin(auth, context));
    const logins = await fleet.credentials.history(device);
    // One that was made and never came in does not make the present one younger.
    const createdUs = logins.find(({ revokedUs, usedUs }) => revokedUs === 0 && usedUs > 0)?.createdUs ?? now();
    const ageS = Math.max(0, (now() - createdUs) / 1_000_000);
    return noStore(context).json({ v: 1, device, ageS, rotate: identity.isDue(createdUs) });
  };

type Where = { id: string } | { venue: string; device: string };

function placement(place: Where & { name?: string | undefined; tags: string[] }, by: string): Placement {
  const device = "id" in place ? place.id : deviceIdOf(place);
  return { device, name: place.name ?? "", tags: place.tags, by };
}

function deviceIn(context: Context): string {
  const id = context.req.param("id") ?? "";
  try {
    return deviceIdOf(parseDeviceId(id));
  } catch (cause) {
    throw new BadRequestError((cause as Error).message, { cause, field: "id" });
  }
}

async function rotatedBy({ admin, auth }: Options, context: Context, device: string): Promise<string> {
  if (!/^Basic /i.test(context.req.header("authorization") ?? "")) return admin.require(context);
  const own = deviceIdOf(await requireDeviceLogin(auth, context));
  if (own === device) return `device ${own}`;
  throw new ForbiddenError(`"${own}" may rotate its own credentials only`, { field: "id" });
}

const CLAIM = { what: "Claim", remedy: 'Send {"code":"ABCD-EFGH","venue":"club-nord","device":"main-floor"}' };
const PROVISION = { what: "Device", remedy: 'Send {"venue":"club-nord","device":"main-floor"} or {"devices":[…]}' };
const PREAUTHORIZE = {
  what: "Preauthorization",
  remedy: 'Send {"serial":"10000000a1b2c3d4","venue":"club-nord","device":"main-floor"}',
};
const DESCRIBE = { what: "Device", remedy: 'Send {"name":"Main floor","tags":["berlin","canary"]}' };
