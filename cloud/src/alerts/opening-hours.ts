/** Weekly hours of a room and an instant into open or closed, in the room's own time zone. Pure. */
import { z } from "zod";

const DAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"] as const;
const time = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'is not a time of day such as "22:30"');

export const OpeningHours = z.strictObject({
  /** IANA name: "Europe/Berlin". */
  timeZone: z.string().max(64).refine(isTimeZone, "is not a time zone such as Europe/Berlin"),
  /** `to` at or before `from` is on the next day. */
  open: z
    .array(z.strictObject({ days: z.array(z.enum(DAYS)).min(1).max(7), from: time, to: time }))
    .min(1)
    .max(28),
});
export type OpeningHours = z.infer<typeof OpeningHours>;

const formats = new Map<string, Intl.DateTimeFormat>();

export function isOpen({ timeZone, open }: OpeningHours, atUs: number): boolean {
  const { day, minute } = localTime(timeZone, atUs);
  const yesterday = DAYS[(DAYS.indexOf(day) + 6) % 7];
  return open.some(({ days, from, to }) => {
    const [opens, closes] = [minuteOf(from), minuteOf(to)];
    if (opens < closes) return days.includes(day) && minute >= opens && minute < closes;
    const sinceYesterday = yesterday !== undefined && days.includes(yesterday) && minute < closes;
    return sinceYesterday || (days.includes(day) && minute >= opens);
  });
}

function localTime(timeZone: string, atUs: number): { day: (typeof DAYS)[number]; minute: number } {
  const parts = formatOf(timeZone).formatToParts(atUs / 1000);
  const part = (type: string) => parts.find((known) => known.type === type)?.value ?? "";
  const day = DAYS.find((known) => known === part("weekday").toLowerCase()) ?? "mon";
  return { day, minute: Number(part("hour")) * 60 + Number(part("minute")) };
}

function formatOf(timeZone: string): Intl.DateTimeFormat {
  const known = formats.get(timeZone);
  if (known) return known;
  const made = new Intl.DateTimeFormat("en-US", {
    timeZone,
    weekday: "short",
    hour: "2-digit",
    minute: "2-digit",
    hourCycle: "h23",
  });
  formats.set(timeZone, made);
  return made;
}

function minuteOf(text: string): number {
  const [hour = 0, minute = 0] = text.split(":").map(Number);
  return hour * 60 + minute;
}

function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat("en-US", { timeZone: name });
    return true;
  } catch {
    return false;
  }
}
