/** Contract: what the cloud knows of a venue: its time zone and when its boxes may be worked on. */
import { Cron } from "croner";
import { z } from "zod";

export const WEEKDAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"] as const;
const Weekday = z.enum(WEEKDAYS);
export type Weekday = z.infer<typeof Weekday>;

const clockTime = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$|^24:00$/, "is not a time like 04:00");

/** Every instant of these days at which the venue's clocks show a time in [from, to); `to` ≤ `from` goes past midnight. */
export const WeeklyWindow = z
  .strictObject({
    /** On which the window begins; every day when absent. */
    days: z
      .array(Weekday)
      .min(1)
      .max(7)
      .default([...WEEKDAYS]),
    from: clockTime.refine((text) => text !== "24:00", "is not a time at which a day's window can begin"),
    to: clockTime,
  })
  .refine(({ from, to }) => from !== to, { error: "Is empty: give from and to different times", path: ["to"] });
export type WeeklyWindow = z.infer<typeof WeeklyWindow>;

/** Begins whenever the cron expression says, in the venue's time zone, and lasts so long. */
export const CronWindow = z.strictObject({
  cron: z
    .string()
    .max(100)
    .refine(isCron, { error: 'Is not a cron expression such as "0 4 * * 1-5" (minute, hour, day, month, weekday)' }),
  minutes: z
    .int()
    .min(1)
    .max(7 * 24 * 60),
});
export type CronWindow = z.infer<typeof CronWindow>;

export const VenueSettings = z.strictObject({
  /** IANA name, such as "Europe/Berlin". */
  timeZone: z
    .string()
    .max(64)
    .refine(isTimeZone, { error: 'Is no time zone this cloud knows: use an IANA name such as "Europe/Berlin"' })
    .default("UTC"),
  /** When models may be switched, and other work be done. */
  windows: z
    .array(z.union([WeeklyWindow, CronWindow]))
    .min(1)
    .max(16)
    .default([{ days: [...WEEKDAYS], from: "04:00", to: "08:00" }]),
  /** Also inside a window a box waits until no music plays; false = in a window it switches whatever plays. */
  quiet: z.boolean().default(true),
});
export type VenueSettings = z.infer<typeof VenueSettings>;

/** Of a venue nobody has said anything about: 04:00–08:00 UTC, when it is quiet. */
export const DEFAULT_VENUE: VenueSettings = VenueSettings.parse({});

function isTimeZone(name: string): boolean {
  if (!/^[A-Za-z]/.test(name)) return false; // "+02:00" knows no summer time
  try {
    new Intl.DateTimeFormat("en", { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

function isCron(pattern: string): boolean {
  try {
    return /^(\S+\s+){4}\S+$/.test(pattern.trim()) && new Cron(pattern, { paused: true, mode: "5-part" }) !== undefined;
  } catch {
    return false;
  }
}
