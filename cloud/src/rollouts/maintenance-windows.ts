/** A venue's maintenance windows, as its clocks show them, into instants: right where clocks are moved. */
import type { TimeWindow } from "@tactus/shared";
import { Cron } from "croner";
import { stretchesOf } from "./time-zone.js";
import { type CronWindow, type VenueSettings, WEEKDAYS, type WeeklyWindow } from "./venue.js";

const DAY_MS = 86_400_000;
/** `DesiredModel.switch.windows` holds no more. */
const MAX_WINDOWS = 16;
/** A cron expression that begins more often than this in the time asked for is cut. */
const MAX_RUNS = 500;

interface Span {
  fromMs: number;
  toMs: number;
}

/**
 * Windows that touch [fromUs, toUs), in order, joined where they overlap, the first sixteen. A weekly window is every
 * instant at which the clock shows a time inside it: an hour that is skipped has none, an hour that comes twice counts
 * twice. A cron window begins as croner says (one that falls into a skipped hour begins after it) and lasts its minutes.
 */
export function windowsBetween(venue: VenueSettings, fromUs: number, toUs: number): TimeWindow[] {
  const range = { fromMs: Math.floor(fromUs / 1000), toMs: Math.ceil(toUs / 1000) };
  const spans = venue.windows.flatMap((window) =>
    "cron" in window ? cronSpans(window, venue.timeZone, range) : weeklySpans(window, venue.timeZone, range),
  );
  return joined(spans)
    .filter((span) => span.toMs > range.fromMs && span.fromMs < range.toMs)
    .slice(0, MAX_WINDOWS)
    .map((span) => ({ fromUs: span.fromMs * 1000, toUs: span.toMs * 1000 }));
}

/** On each stretch between two moves of the clock local time is a straight line: windows are cut out of it day by day. */
function weeklySpans(window: WeeklyWindow, timeZone: string, { fromMs, toMs }: Span): Span[] {
  const [start, end] = [minutesOf(window.from) * 60_000, minutesOf(window.to) * 60_000];
  const length = end > start ? end - start : end - start + DAY_MS;
  const found: Span[] = [];
  for (const stretch of stretchesOf(timeZone, fromMs - 2 * DAY_MS, toMs + DAY_MS)) {
    const localFrom = stretch.fromMs + stretch.offsetMs;
    const localTo = stretch.toMs + stretch.offsetMs;
    for (let day = Math.floor(localFrom / DAY_MS) - 1; day * DAY_MS < localTo; day++) {
      if (!window.days.includes(weekdayOf(day))) continue;
      const from = Math.max(day * DAY_MS + start, localFrom);
      const to = Math.min(day * DAY_MS + start + length, localTo);
      if (from < to) found.push({ fromMs: from - stretch.offsetMs, toMs: to - stretch.offsetMs });
    }
  }
  return found;
}

function cronSpans({ cron, minutes }: CronWindow, timeZone: string, { fromMs, toMs }: Span): Span[] {
  const job = new Cron(cron, { timezone: timeZone, paused: true, mode: "5-part" });
  const lengthMs = minutes * 60_000;
  const found: Span[] = [];
  let next = job.nextRun(new Date(fromMs - lengthMs - 1000));
  while (next && next.getTime() < toMs && found.length < MAX_RUNS) {
    found.push({ fromMs: next.getTime(), toMs: next.getTime() + lengthMs });
    next = job.nextRun(next);
  }
  return found;
}

function joined(spans: Span[]): Span[] {
  const inOrder = spans.sort((a, b) => a.fromMs - b.fromMs);
  const result: Span[] = [];
  for (const span of inOrder) {
    const last = result.at(-1);
    if (last && span.fromMs <= last.toMs) last.toMs = Math.max(last.toMs, span.toMs);
    else result.push({ ...span });
  }
  return result;
}

const minutesOf = (clock: string): number => Number(clock.slice(0, 2)) * 60 + Number(clock.slice(3));

/** Day 0 is Thursday, 1 January 1970. */
const weekdayOf = (day: number) => WEEKDAYS[(((day + 3) % 7) + 7) % 7] ?? "mon";
