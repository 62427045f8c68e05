/** `GET /api/v1/devices/{id}/twin`: what is wanted of a box, what it says, and where each value comes from. */
import type { Context } from "hono";
import type { DeviceBoard } from "../live/device-board.js";
import { NotFoundError } from "../problems.js";
import type { TwinDesk } from "./twin-desk.js";

export interface TwinRouteParts {
  twins: TwinDesk;
  board: DeviceBoard;
}

export const getTwin =
  ({ twins, board }: TwinRouteParts) =>
  async (context: Context): Promise<Response> => {
    const id = context.req.param("id") ?? "";
    if (board.detail(id)) await twins.present(id);
    const twin = await twins.twin(id);
    if (twin) return context.json(twin, 200, { etag: `"${twin.version}"` });
    throw new NotFoundError(`No device "${id.slice(0, 130)}" has ever been seen here`, {
      remedy: "GET /api/v1/devices lists those that have",
    });
  };
