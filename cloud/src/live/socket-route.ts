/** `GET /api/v1/live`: the live feed down, overrides and clock pings up, over one WebSocket. */
import type { UpgradeWebSocket, WSEvents } from "hono/ws";
import type { OutputWatcher } from "../control/output-watcher.js";
import type { OverrideDesk } from "../control/override-desk.js";
import type { Log } from "../log.js";
import { channelOn, type RawSocket } from "./channel.js";
import { LiveSession } from "./live-session.js";
import { requireRoom } from "./room.js";
import type { LiveRouteOptions } from "./sse-route.js";

export interface SocketRouteOptions extends LiveRouteOptions {
  desk: OverrideDesk;
  outputs: OutputWatcher;
  log: Log;
  upgrade: UpgradeWebSocket<RawSocket>;
}

export const liveSocket = (options: SocketRouteOptions) =>
  options.upgrade((context): WSEvents<RawSocket> => {
    requireRoom(options.hub);
    const access = options.access.lasting(context);
    let session: LiveSession | undefined;
    return {
      onOpen(_event, socket) {
        session = new LiveSession({ ...options, access, channel: channelOn(socket) });
        session.start();
      },
      onMessage({ data }) {
        if (typeof data === "string") session?.take(data);
      },
      onClose() {
        session?.stop();
      },
      onError() {
        session?.stop();
      },
    };
  });
