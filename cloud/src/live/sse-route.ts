/** `GET /api/v1/events`: everything devices say as server-sent events. */
import type { Context } from "hono";
import { type SSEStreamingApi, streamSSE } from "hono/streaming";
import type { Access } from "../middleware/access.js";
import { BadRequestError } from "../problems.js";
import type { DeviceBoard } from "./device-board.js";
import type { LiveHub } from "./live-hub.js";
import { type ServerMessage, Watch } from "./live-messages.js";
import { requireRoom } from "./room.js";

export interface LiveRouteOptions {
  hub: LiveHub;
  board: DeviceBoard;
  access: Access;
  now(): number;
  /** Default 10 000. */
  heartbeatMs?: number;
}

/** `?watch=a.b,c.d` or `?watch=*` adds beats, levels, activations and telemetry of those devices to the overview. */
export const liveEvents =
  ({ hub, board, access, now, heartbeatMs = 10_000 }: LiveRouteOptions) =>
  (context: Context): Response => {
    requireRoom(hub);
    const login = access.lasting(context);
    const watch = watchOf(context.req.query("watch"));
    return streamSSE(context, async (stream) => {
      const mayOperate = access.principalOf(context)?.permissions.includes("operate");
      const writeToken = mayOperate ? "not-needed" : "needed";
      await writeMessage(stream, {
        type: "hello",
        v: 1,
        atUs: now(),
        heartbeatMs,
        writeToken,
        devices: board.summaries(),
      });
      const listener = hub.attach({
        watch,
        send: (event) => writeMessage(stream, event, String(event.id)),
        onDrop: () => stream.abort(),
      });
      stream.onAbort(() => listener.close());
      // A broken connection may never call onAbort; writing to it does end the loop.
      while (!stream.aborted && !stream.closed) {
        await stream.sleep(heartbeatMs);
        const principal = await login.again().catch(() => undefined); // the cloud may be stopping
        if (!principal?.permissions.includes("read")) break;
        await writeMessage(stream, { type: "heartbeat", atUs: now() });
      }
      listener.close();
    });
  };

function writeMessage(stream: SSEStreamingApi, message: ServerMessage, id?: string): Promise<void> {
  return stream.writeSSE({ event: message.type, data: JSON.stringify(message), ...(id === undefined ? {} : { id }) });
}

function watchOf(text: string | undefined): Watch {
  const parsed = Watch.safeParse(text === "*" ? "*" : (text ?? "").split(",").filter(Boolean));
  if (parsed.success) return parsed.data;
  throw new BadRequestError(`Query watch: "${text}" is neither "*" nor device ids with commas`, {
    field: "watch",
    remedy: 'Give "*", or ids such as "local.box"',
  });
}
