/** The devices and their newest state, one line each or one in full. */
import type { Context } from "hono";
import { parseDeviceId } from "../device-id.js";
import type { DeviceBoard } from "../live/device-board.js";
import type { DeviceDetail } from "../live/live-messages.js";
import { queryOf } from "../middleware/json-body.js";
import { BadRequestError, NotFoundError } from "../problems.js";
import type { HistoryExtent, HistoryStore } from "../store/store.js";
import { DevicesQuery, pageOf } from "./device-list.js";
import { jsonPieces } from "./json-pieces.js";

/** `GET /api/v1/devices/{id}`. */
export interface DeviceAnswer extends DeviceDetail {
  history: HistoryExtent;
}

export interface DeviceRouteOptions {
  board: DeviceBoard;
  store: HistoryStore;
}

export const listDevices =
  ({ board }: DeviceRouteOptions) =>
  (context: Context): Response => {
    const query = queryOf(context, DevicesQuery, { remedy: "For example ?q=club&state=online&sort=-bpm&limit=50" });
    const { devices, next } = pageOf(board.summaries(), query);
    if (next !== null) context.header("link", `<${next}>; rel="next"`);
    return context.body(jsonPieces("devices", devices, next), 200, { "Content-Type": "application/json" });
  };

export const getDevice =
  ({ board, store }: DeviceRouteOptions) =>
  async (context: Context): Promise<Response> => {
    const device = requireDevice(board, context.req.param("id") ?? "");
    const answer: DeviceAnswer = { ...device, history: await store.extent(device.id) };
    return context.json(answer);
  };

/** Throws BadRequestError for what is no device id, NotFoundError for a device never seen. */
export function requireDevice(board: DeviceBoard, deviceId: string): DeviceDetail {
  requireDeviceId(deviceId);
  const device = board.detail(deviceId);
  if (device) return device;
  throw new NotFoundError(`No device "${deviceId}" has ever been seen here`, {
    remedy: "GET /api/v1/devices lists those that have",
  });
}

function requireDeviceId(deviceId: string): void {
  try {
    parseDeviceId(deviceId);
  } catch (cause) {
    const remedy = 'Device ids look like "local.box": GET /api/v1/devices lists them';
    throw new BadRequestError((cause as Error).message, { cause, field: "id", remedy });
  }
}
