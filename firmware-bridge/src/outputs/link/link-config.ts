/** The part of the configuration that says how an Ableton Link session is joined. */
import { z } from "zod";

export const LinkConfig = z.strictObject({
  type: z.literal("link"),
  /** Where a Carabiner may already run. It must be this machine: Link's clock is asked for there. */
  host: z.string().min(1).max(253).default("127.0.0.1"),
  /** TCP port of that Carabiner. When nobody answers there, the helper is started on a port of its own. */
  port: z.int().min(1).max(65535).default(17000),
  /** The helper's program, when it is not where its build puts it; `false`: a Carabiner that runs, or nothing. */
  helper: z.union([z.string().min(1).max(4096), z.literal(false)]).optional(),
  /** The room leads: its beats set tempo and bar of the session. `false`: with others in it, the session is theirs. */
  followRoom: z.boolean().default(true),
  /**
   * How a session is taken over that others are in. `gentle`: nothing is overwritten; only a session already within 4 % of the
   * room's tempo is drawn to the room, without a jump. `force`: tempo and bar are set at once, everybody jumps.
   */
  join: z.enum(["gentle", "force"]).default("gentle"),
  /** Beats less sure than this change nothing in the session, [0, 1]. */
  minConfidence: z.number().min(0).max(1).default(0.5),
  /** How much faster or slower than the room the session may run to catch up with it, percent. */
  maxSteerPercent: z.number().min(0.1).max(5).default(1),
  /** Share start and stop: playing from the first bar of music, stopped when the music is over. */
  startStop: z.boolean().default(false),
});
export type LinkConfig = z.infer<typeof LinkConfig>;
