/** The configuration of an OS2L output: which lighting program, and what it is told beside beats. */
import { z } from "zod";

const ProgramName = z
  .string()
  .min(1)
  .max(64)
  // QLC+ cuts its input at the first closing brace, and swallows the message after it.
  .regex(/^[^{}"\\]*$/, 'a name in OS2L may not hold { } " \\');

const Mode = z.enum(["following", "free-running", "holding", "fading", "idle", "released", "blackout"]);

const Os2lButton = z.strictObject({
  name: ProgramName,
  page: ProgramName.optional(),
  /** A beat, bar or phrase presses for a moment; the name of a mode holds the button down while the output is in it. */
  when: z.union([z.enum(["beat", "bar", "phrase"]), Mode]),
});
export type Os2lButton = z.infer<typeof Os2lButton>;

const Os2lCommand = z.strictObject({
  /** Number of the command in the lighting program. */
  id: z.int().min(0).max(65535),
  /** What its 0 to 100 show. */
  value: z.enum(["level", "low", "mid", "high", "confidence", "beatPhase"]),
});
export type Os2lCommand = z.infer<typeof Os2lCommand>;

export const Os2lConfig = z.strictObject({
  type: z.literal("os2l"),
  /** Host of the lighting program; left out = the first that advertises `_os2l._tcp`. QLC+ does not advertise itself. */
  host: z.string().min(1).max(253).optional(),
  /** Its port, when `host` is given. QLC+ listens on 9996. */
  port: z.int().min(1).max(65535).default(9996),
  /** Take only the program that advertises itself under this name. */
  serviceName: z.string().min(1).max(63).optional(),
  /** Interface to browse on, by name or IPv4 address. */
  interface: z.string().min(1).optional(),
  /** Send `beat` messages. */
  beats: z.boolean().default(true),
  /** Beats that carry `change`: downbeats, or the first downbeat of a phrase. */
  change: z.enum(["bar", "phrase"]).default("bar"),
  /** Bars of a phrase. */
  phraseBars: z.int().min(1).max(256).default(8),
  buttons: z.array(Os2lButton).max(32).default([]),
  commands: z.array(Os2lCommand).max(16).default([]),
  /** `cmd` messages are looked at this often, and sent when their value moved. Times a second. */
  commandRateHz: z.number().min(1).max(50).default(20),
});
export type Os2lConfig = z.infer<typeof Os2lConfig>;
