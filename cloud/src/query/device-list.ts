/** All devices and a question into one page of them. Pure. */
import { z } from "zod";
import type { DeviceSummary } from "../live/live-messages.js";
import { BadRequestError } from "../problems.js";

const SORTS = {
  id: ({ id }) => id,
  name: ({ name, id }) => (name || id).toLowerCase(),
  venue: ({ venue }) => venue,
  model: ({ model }) => model,
  state: ({ state }) => state,
  bpm: ({ tempo }) => tempo?.bpm ?? 0,
  alerts: ({ alerts }) => alerts.length,
  lastSeen: ({ lastSeenUs }) => lastSeenUs,
  firstSeen: ({ firstSeenUs }) => firstSeenUs,
} satisfies Record<string, (device: DeviceSummary) => string | number>;
type SortKey = keyof typeof SORTS;

const SORT = new RegExp(`^-?(${Object.keys(SORTS).join("|")})$`);
const word = z.string().min(1).max(130).optional();

export const DevicesQuery = z.strictObject({
  /** Is part of the id, the name, a tag or the model, in any case. */
  q: z.string().max(130).optional(),
  /** Has this tag. */
  tag: word,
  venue: word,
  /** Name of the model, or "name version". */
  model: word,
  /** `trouble`: online with an alert. */
  state: z.enum(["online", "offline", "trouble"]).optional(),
  sort: z
    .string()
    .regex(SORT, `is one of ${Object.keys(SORTS).join(", ")}, with "-" before it for the largest first`)
    .default("id"),
  /** Devices of the page; absent = all of them. */
  limit: z.coerce.number().int().min(1).max(1000).optional(),
  /** As the page before said in `next`. */
  cursor: z.string().min(1).max(1000).optional(),
});
export type DevicesQuery = z.infer<typeof DevicesQuery>;

const Cursor = z.tuple([z.union([z.string(), z.number()]), z.string()]);
type Cursor = z.infer<typeof Cursor>;

export interface DevicePage {
  devices: DeviceSummary[];
  /** Where the next page is; null = these were all. */
  next: string | null;
}

/** Pages stay whole while devices come and go: each goes on behind the last device of the one before. */
export function pageOf(devices: readonly DeviceSummary[], query: DevicesQuery): DevicePage {
  const key = query.sort.replace("-", "") as SortKey;
  const sign = query.sort.startsWith("-") ? -1 : 1;
  const placeOf = (device: DeviceSummary): Cursor => [SORTS[key](device), device.id];
  const after = query.cursor === undefined ? undefined : cursorOf(query.cursor);
  const found = devices
    .filter((device) => isAsked(device, query))
    .map((device) => ({ device, place: placeOf(device) }))
    .filter(({ place }) => after === undefined || sign * compare(place, after) > 0)
    .sort((a, b) => sign * compare(a.place, b.place));
  const page = found.slice(0, query.limit);
  const last = page.at(-1);
  const next = last && page.length < found.length ? nextOf(query, last.place) : null;
  return { devices: page.map(({ device }) => device), next };
}

function isAsked(device: DeviceSummary, { q, tag, venue, model, state }: DevicesQuery): boolean {
  if (tag !== undefined && !device.tags.includes(tag)) return false;
  if (venue !== undefined && device.venue !== venue) return false;
  if (model !== undefined && device.model !== model && device.model.split(" ")[0] !== model) return false;
  if (state === "trouble" && (device.state !== "online" || device.alerts.length === 0)) return false;
  if (state !== undefined && state !== "trouble" && device.state !== state) return false;
  return q === undefined || [device.id, device.name, device.model, ...device.tags].some((text) => holds(text, q));
}

const holds = (text: string, part: string): boolean => text.toLowerCase().includes(part.toLowerCase());

function compare(a: Cursor, b: Cursor): number {
  if (a[0] !== b[0]) return a[0] < b[0] ? -1 : 1;
  return a[1] === b[1] ? 0 : a[1] < b[1] ? -1 : 1;
}

function nextOf(query: DevicesQuery, place: Cursor): string {
  const cursor = Buffer.from(JSON.stringify(place)).toString("base64url");
  const words = Object.entries({ ...query, cursor }).flatMap(([name, value]): [string, string][] =>
    value === undefined ? [] : [[name, String(value)]],
  );
  return `/api/v1/devices?${new URLSearchParams(words)}`;
}

function cursorOf(text: string): Cursor {
  try {
    return Cursor.parse(JSON.parse(Buffer.from(text, "base64url").toString("utf8")));
  } catch (cause) {
    throw new BadRequestError("Query cursor: is none that was given here", {
      cause,
      field: "cursor",
      remedy: "Follow next of the page before, or begin without a cursor",
    });
  }
}
