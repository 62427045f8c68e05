/** `GET /api/v1/devices/{id}/log`: the box's log as it is written, as server-sent events, while somebody listens. */
import { LogLevel } from "@tactus/shared";
import type { Context } from "hono";
import { type SSEStreamingApi, streamSSE } from "hono/streaming";
import { z } from "zod";
import type { DeviceBoard } from "../live/device-board.js";
import type { AdminAccess } from "../middleware/admin-access.js";
import { queryOf } from "../middleware/json-body.js";
import { ConflictError, NotFoundError } from "../problems.js";
import type { LogDesk, LogLine } from "./log-desk.js";

export interface LogRouteParts {
  logs: LogDesk;
  admin: AdminAccess;
  board: DeviceBoard;
  now(): number;
}

export const LogQuery = z.object({
  level: LogLevel.default("info"),
  /** Lines from before. */
  lines: z.coerce.number().int().min(0).max(1000).default(100),
});
const HEARTBEAT_MS = 10_000;
/** A reader that takes nothing while so many lines come misses the oldest of them. */
const MAX_WAITING = 2000;

export const streamLog =
  ({ logs, admin, board, now }: LogRouteParts) =>
  (context: Context): Response => {
    const by = admin.require(context);
    const device = context.req.param("id") ?? "";
    const query = queryOf(context, LogQuery, { remedy: "level is trace to error, lines is 0 to 1000" });
    if (!board.detail(device)) throw new NotFoundError(`No device "${device}"`);
    if (logs.isFull) {
      throw new ConflictError("Too many logs are being read", { remedy: "Close some of the others" });
    }
    return streamSSE(context, async (stream) => {
      const waiting = new LineQueue();
      const leave = logs.read(device, by, { ...query, onLines: (lines, dropped) => waiting.add(lines, dropped) });
      stream.onAbort(leave);
      await write(stream, "hello", { device, atUs: now(), state: board.detail(device)?.state ?? "offline" });
      // A broken connection may never call onAbort; writing to it does end the loop.
      while (!stream.aborted && !stream.closed) {
        await waiting.filled(HEARTBEAT_MS);
        const { lines, dropped } = waiting.take();
        if (lines.length + dropped > 0) await write(stream, "lines", { lines, dropped });
        else await write(stream, "heartbeat", { atUs: now() });
      }
      leave();
    });
  };

const write = (stream: SSEStreamingApi, event: string, data: object): Promise<void> =>
  stream.writeSSE({ event, data: JSON.stringify(data) });

class LineQueue {
  #lines: LogLine[] = [];
  #dropped = 0;
  #wake = () => {};

  add(lines: readonly LogLine[], dropped: number): void {
    this.#lines.push(...lines);
    const surplus = Math.max(0, this.#lines.length - MAX_WAITING);
    this.#lines.splice(0, surplus);
    this.#dropped += dropped + surplus;
    if (this.#lines.length + this.#dropped > 0) this.#wake();
  }

  take(): { lines: LogLine[]; dropped: number } {
    const taken = { lines: this.#lines, dropped: this.#dropped };
    this.#lines = [];
    this.#dropped = 0;
    return taken;
  }

  /** Resolves as soon as something is there, at the latest after `withinMs`. */
  filled(withinMs: number): Promise<void> {
    if (this.#lines.length + this.#dropped > 0) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, withinMs);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}
