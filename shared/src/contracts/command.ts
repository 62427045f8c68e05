/** Things to do once, asked of a box by an operator: topics `command`, `command/result` and `log`. */
import { z } from "zod";

const command = <T extends string>(action: T) => ({ action: z.literal(action) });

export const LogLevel = z.enum(["trace", "debug", "info", "warn", "error"]);
export type LogLevel = z.infer<typeof LogLevel>;

export const CommandAction = z.discriminatedUnion("action", [
  /** End a process of the box and start it again; `box` = both. */
  z.object({ ...command("restart"), part: z.enum(["hearing", "agent", "box"]) }),
  /** Send the log as it is written (topic `log`), for so long; the last lines first. */
  z.object({ ...command("log"), forS: z.int().min(1).max(3600), level: LogLevel, lines: z.int().min(0).max(1000) }),
  /** Collect logs, configuration without secrets and the state of everything, and upload it. */
  z.object({ ...command("support-bundle") }),
  /** Fetch new credentials now. */
  z.object({ ...command("rotate-credentials") }),
]);
export type CommandAction = z.infer<typeof CommandAction>;

export const CommandRequest = z.object({
  v: z.literal(1),
  /** Echoed in the result; the same id again is the same request and is done once. */
  requestId: z.string().min(1).max(64),
  /** Who: for the log. */
  by: z.string().min(1).max(80),
  /** After this instant it is not begun any more, epoch microseconds. */
  expiresAtUs: z.int().min(0),
  command: CommandAction,
});
export type CommandRequest = z.infer<typeof CommandRequest>;

export const CommandResult = z.object({
  v: z.literal(1),
  requestId: z.string().min(1).max(64),
  state: z.enum(["accepted", "done", "refused", "failed"]),
  /** What came of it, or why nothing did. */
  message: z.string().max(400),
});
export type CommandResult = z.infer<typeof CommandResult>;

/** Lines of the box's log, as they were written. */
export const LogMessage = z.object({
  v: z.literal(1),
  requestId: z.string().min(1).max(64),
  lines: z
    .array(
      z.object({
        atUs: z.int().min(0),
        level: LogLevel,
        process: z.string().min(1).max(32),
        text: z.string().max(2000),
      }),
    )
    .max(200),
  /** Lines left out since the message before, because there were too many. */
  dropped: z.int().min(0),
});
export type LogMessage = z.infer<typeof LogMessage>;
