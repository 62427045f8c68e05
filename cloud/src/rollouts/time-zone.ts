/** A time zone into what its clocks show, and into the stretches between which they are moved. */

const formats = new Map<string, Intl.DateTimeFormat>();
const MINUTE_MS = 60_000;
const STEP_MS = 12 * 3_600_000;

/** Local minus UTC at an instant, milliseconds; whole minutes. Throws RangeError for an unknown zone. */
export function offsetMsAt(timeZone: string, atMs: number): number {
  const shown = new Map<string, number>(
    formatOf(timeZone)
      .formatToParts(atMs)
      .map(({ type, value }) => [type, Number(value)]),
  );
  const part = (type: string) => shown.get(type) ?? 0;
  const localMs = Date.UTC(part("year"), part("month") - 1, part("day"), part("hour"), part("minute"), part("second"));
  return Math.round((localMs - Math.floor(atMs / 1000) * 1000) / MINUTE_MS) * MINUTE_MS;
}

export interface ClockStretch {
  /** Half open, epoch milliseconds. */
  fromMs: number;
  toMs: number;
  /** Local minus UTC throughout. */
  offsetMs: number;
}

/** [fromMs, toMs) cut where the clocks are moved. Two moves within twelve hours would be missed: no zone has had them. */
export function stretchesOf(timeZone: string, fromMs: number, toMs: number): ClockStretch[] {
  const stretches: ClockStretch[] = [];
  let start = fromMs;
  let offsetMs = offsetMsAt(timeZone, fromMs);
  for (let at = fromMs; at < toMs; ) {
    const next = Math.min(at + STEP_MS, toMs);
    const then = offsetMsAt(timeZone, next);
    if (then !== offsetMs) {
      const change = firstWith(timeZone, then, at, next);
      stretches.push({ fromMs: start, toMs: change, offsetMs });
      [start, offsetMs] = [change, then];
    }
    at = next;
  }
  if (start < toMs) stretches.push({ fromMs: start, toMs, offsetMs });
  return stretches;
}

/** The first second in (from, to] that has this offset. */
function firstWith(timeZone: string, offsetMs: number, fromMs: number, toMs: number): number {
  let [before, after] = [Math.floor(fromMs / 1000), Math.ceil(toMs / 1000)];
  while (after - before > 1) {
    const middle = Math.floor((before + after) / 2);
    if (offsetMsAt(timeZone, middle * 1000) === offsetMs) after = middle;
    else before = middle;
  }
  return after * 1000;
}

function formatOf(timeZone: string): Intl.DateTimeFormat {
  const known = formats.get(timeZone);
  if (known) return known;
  const numeric = "numeric" as const;
  const format = new Intl.DateTimeFormat("en-u-ca-iso8601-nu-latn", {
    timeZone,
    hourCycle: "h23",
    year: numeric,
    month: numeric,
    day: numeric,
    hour: numeric,
    minute: numeric,
    second: numeric,
  });
  formats.set(timeZone, format);
  return format;
}
