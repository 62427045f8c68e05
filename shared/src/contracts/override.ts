/** The operator's hand: topics `override/set` and `override/state`. */
import { z } from "zod";

const command = <T extends string>(action: T) => ({ action: z.literal(action) });

export const OverrideAction = z.discriminatedUnion("action", [
  /** A tap with the music. `atUs` when the tapper's clock is known, else the time of arrival. */
  z.object({ ...command("tap"), atUs: z.int().positive().optional() }),
  /** Move the grid: positive is later. */
  z.object({ ...command("nudge"), ms: z.number().min(-500).max(500) }),
  z.object({ ...command("half") }),
  z.object({ ...command("double") }),
  /** The nearest beat is a downbeat. */
  z.object({
    ...command("downbeat"),
    atUs: z.int().positive().optional(),
    beatsPerBar: z.int().min(1).max(16).optional(),
  }),
  /** Move the bar by whole beats. */
  z.object({ ...command("shift"), beats: z.int().min(-16).max(16) }),
  /** Keep the tempo (given, or the present one) whatever the tracker hears. */
  z.object({ ...command("hold"), bpm: z.number().min(20).max(400).optional() }),
  /** Only the hand decides: the tracker may no longer touch phase or tempo. */
  z.object({ ...command("lock") }),
  /** Back to the tracker. */
  z.object({ ...command("release") }),
  /** Announce nothing until released. */
  z.object({ ...command("blackout"), on: z.boolean().default(true) }),
]);
export type OverrideAction = z.infer<typeof OverrideAction>;

export const OverrideSet = z.object({
  v: z.literal(1),
  /** Echoed in `override/state`, so that a sender sees its own effect. */
  requestId: z.string().min(1).max(64),
  /** Who: shown to everyone. */
  by: z.string().min(1).max(80),
  command: OverrideAction,
});
export type OverrideSet = z.infer<typeof OverrideSet>;

export const OverrideState = z.object({
  v: z.literal(1),
  /** What the hand holds now. */
  mode: z.enum(["automatic", "octave", "held", "locked", "blackout"]),
  octave: z.enum(["as-heard", "half", "double"]),
  nudgeMs: z.number(),
  bpm: z.number().min(0),
  by: z.string().max(80),
  sinceUs: z.int().min(0),
  /** When it falls back to automatic by itself; 0 = stays. */
  expiresAtUs: z.int().min(0),
  lastRequestId: z.string().max(64),
  /** Why the last request changed nothing; empty when it was done. */
  refused: z.string().max(200),
});
export type OverrideState = z.infer<typeof OverrideState>;
