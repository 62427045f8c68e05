/** `/api/v1/venues/{venue}`: time zone and maintenance windows; `/api/v1/devices/{id}/model`: an operator's own choice. */
import { parseName, type TimeWindow } from "@tactus/shared";
import type { Context } from "hono";
import { parseDeviceId } from "../device-id.js";
import type { AdminAccess } from "../middleware/admin-access.js";
import { jsonBody } from "../middleware/json-body.js";
import { BadRequestError, NotFoundError } from "../problems.js";
import { windowsBetween } from "./maintenance-windows.js";
import { PinBody } from "./rollout.js";
import type { RolloutBook } from "./rollout-book.js";
import type { RolloutDesk } from "./rollout-desk.js";
import type { RolloutEngine } from "./rollout-engine.js";
import { VenueSettings } from "./venue.js";

export interface VenueRouteOptions {
  rollouts: { desk: RolloutDesk; book: RolloutBook; engine: RolloutEngine };
  admin: AdminAccess;
  now(): number;
}

export interface VenueAnswer extends VenueSettings {
  venue: string;
  /** Nobody has set anything: these are the defaults. */
  isDefault: boolean;
  /** The windows as instants: of the next two weeks, sixteen at most. */
  next: TimeWindow[];
}

const TWO_WEEKS_US = 14 * 86_400_000_000;

export const getVenue =
  ({ rollouts, now }: VenueRouteOptions) =>
  (context: Context): Response => {
    const venue = venueIn(context);
    const settings = rollouts.book.venue(venue);
    const next = windowsBetween(settings, now(), now() + TWO_WEEKS_US);
    const answer: VenueAnswer = { venue, isDefault: !rollouts.book.hasVenue(venue), ...settings, next };
    return context.json(answer);
  };

export const putVenue =
  (options: VenueRouteOptions) =>
  async (context: Context): Promise<Response> => {
    const by = options.admin.require(context);
    const venue = venueIn(context);
    const settings = await jsonBody(context, VenueSettings, {
      what: "Venue",
      remedy:
        'Send JSON such as {"timeZone":"Europe/Berlin","windows":[{"days":["mon","tue"],"from":"04:00","to":"07:00"}]}',
    });
    await options.rollouts.desk.putVenue(venue, settings, by);
    return getVenue(options)(context);
  };

export const getDeviceModel =
  ({ rollouts }: VenueRouteOptions) =>
  (context: Context): Response => {
    const device = deviceIn(context);
    const pin = rollouts.book.pin(device);
    return context.json({ device, running: rollouts.engine.runningOf(device) ?? null, pin: pin ?? null });
  };

export const putDeviceModel =
  ({ rollouts, admin }: VenueRouteOptions) =>
  async (context: Context): Promise<Response> => {
    const by = admin.require(context);
    const device = deviceIn(context);
    const remedy = 'Send JSON such as {"name":"tactus-small","version":"0.2.0","when":"quiet"}';
    const pin = await rollouts.desk.pin(device, await jsonBody(context, PinBody, { what: "Model", remedy }), by);
    return context.json({ device, running: rollouts.engine.runningOf(device) ?? null, pin });
  };

/** Rollouts decide again. */
export const deleteDeviceModel =
  ({ rollouts, admin }: VenueRouteOptions) =>
  async (context: Context): Promise<Response> => {
    const by = admin.require(context);
    const device = deviceIn(context);
    if (await rollouts.desk.unpin(device, by)) return context.body(null, 204);
    throw new NotFoundError(`No model was chosen for "${device}"`, { remedy: `GET /api/v1/devices/${device}/model` });
  };

function venueIn(context: Context): string {
  return checked("venue", () => parseName(context.req.param("venue") ?? "", "Venue"));
}

function deviceIn(context: Context): string {
  const id = context.req.param("id") ?? "";
  checked("id", () => parseDeviceId(id));
  return id;
}

function checked<T>(field: string, parse: () => T): T {
  try {
    return parse();
  } catch (cause) {
    throw new BadRequestError((cause as Error).message, { cause, field });
  }
}
