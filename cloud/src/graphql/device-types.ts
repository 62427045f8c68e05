/** Boxes and everything that hangs on one. */
import type { DeviceDetail } from "../live/live-messages.js";
import { BadRequestError } from "../problems.js";
import { builder, countOf, keyIn, pageOf, pageType } from "./builder.js";
import { CredentialType, ExtentType, HistoryType, LedgerType, SummaryType, TwinType } from "./device-parts.js";
import type { GraphqlParts } from "./graphql-parts.js";
import { AlertRef, DeviceRef, RolloutRef, VenueRef } from "./refs.js";

const HOUR_US = 3_600_000_000;
const DAY_US = 24 * HOUR_US;
/** Another database is asked, for each device by itself: as much as so many fields. */
const OWN_QUERY = { cost: 50 };

DeviceRef.implement({
  fields: (t) => ({
    id: t.exposeID("id"),
    name: t.exposeString("name"),
    venueName: t.exposeString("venue"),
    venue: t.field({ type: VenueRef, resolve: ({ venue }) => ({ venue }) }),
    device: t.exposeString("device", { description: "Its name within the venue" }),
    version: t.exposeString("version"),
    model: t.exposeString("model"),
    state: t.exposeString("state", { description: "online or offline" }),
    tags: t.stringList({
      extensions: { size: 1 },
      resolve: ({ id }, _, { parts }) => [...parts.board.tagsOf(id)],
    }),
    firstSeenUs: t.expose("firstSeenUs", { type: "SafeInt" }),
    lastSeenUs: t.expose("lastSeenUs", { type: "SafeInt" }),
    skewUs: t.expose("skewUs", { type: "SafeInt" }),
    status: t.field({ type: "JSON", nullable: true, resolve: ({ status }) => status }),
    grid: t.field({ type: "JSON", nullable: true, resolve: ({ grid }) => grid }),
    tempo: t.field({ type: "JSON", nullable: true, resolve: ({ tempo }) => tempo }),
    override: t.field({ type: "JSON", nullable: true, resolve: ({ override }) => override }),
    levels: t.field({ type: "JSON", nullable: true, resolve: ({ levels }) => levels }),
    outputs: t.field({ type: "JSON", resolve: ({ outputs }) => outputs }),
    alerts: t.field({
      type: [AlertRef],
      description: "That have not ended, newest first",
      resolve: ({ id }, _, { loaders }) => loaders.openAlerts.load(id),
    }),
    telemetry: t.field({
      type: [SummaryType],
      description: "Newest first",
      args: { last: t.arg.int({ required: true, defaultValue: 60 }) },
      resolve: ({ id }, { last }, { loaders }) =>
        loaders.deviceTelemetry.load({ of: id, last: countOf(last, { name: "last", max: 1000 }) }),
    }),
    twin: t.field({ type: TwinType, nullable: true, resolve: ({ id }, _, { loaders }) => loaders.twin.load(id) }),
    rollouts: t.field({
      type: [RolloutRef],
      description: "That this box is in, newest first",
      resolve: ({ id }, _, { parts }) => rolloutsWith(id, parts),
    }),
    credentials: t.field({
      type: [CredentialType],
      nullable: true,
      description: "Its logins, newest first; for admins",
      extensions: { permission: "manage" },
      args: { last: t.arg.int({ required: true, defaultValue: 10 }) },
      resolve: ({ id }, { last }, { loaders }) =>
        loaders.credentials.load({ of: id, last: countOf(last, { name: "last", max: 50 }) }),
    }),
  }),
});

builder.objectFields(DeviceRef, (t) => ({
  extent: t.field({
    type: ExtentType,
    description: "All that is kept of its beats",
    extensions: OWN_QUERY,
    resolve: ({ id }, _, { parts }) => parts.store.extent(id),
  }),
  history: t.field({
    type: HistoryType,
    nullable: true,
    description: "Tempo and confidence over any range; without one, the last hour",
    extensions: { ...OWN_QUERY, sizeFrom: "points" },
    args: {
      fromUs: t.arg({ type: "SafeInt", required: false }),
      toUs: t.arg({ type: "SafeInt", required: false }),
      points: t.arg.int({ required: true, defaultValue: 300 }),
    },
    resolve: ({ id }, { fromUs, toUs, points }, { parts, loaders }) => {
      const end = toUs ?? loaders.nowUs;
      const range = { fromUs: fromUs ?? end - HOUR_US, toUs: end };
      if (range.fromUs >= end) throw new BadRequestError("toUs is not after fromUs", { field: "toUs" });
      return parts.store.history(id, { ...range, points: countOf(points, { name: "points", max: 2000 }) });
    },
  }),
  ledger: t.field({
    type: [LedgerType],
    description: "What became of its beats, newest day first",
    extensions: OWN_QUERY,
    args: { last: t.arg.int({ required: true, defaultValue: 30, description: "Days back from today" }) },
    resolve: ({ id }, { last }, { parts, loaders }) => {
      const toDay = Math.floor(loaders.nowUs / DAY_US) + 1; // a box ahead of us may be in tomorrow
      const days = countOf(last, { name: "last", max: 1000 });
      return parts.store.ledger(id, { fromDay: toDay - days, toDay });
    },
  }),
}));

function rolloutsWith(device: string, { rollouts }: GraphqlParts) {
  const mine = new Set(
    rollouts.book.entries().flatMap(({ rollout, members }) => (members.has(device) ? [rollout.id] : [])),
  );
  return rollouts.desk.summaries().filter(({ id }) => mine.has(id));
}

const Devices = pageType("Device", DeviceRef);

builder.queryFields((t) => ({
  device: t.field({
    type: DeviceRef,
    nullable: true,
    args: { id: t.arg.id({ required: true }) },
    resolve: (_, { id }, { parts }) => parts.board.detail(String(id)),
  }),
  devices: t.field({
    type: Devices,
    description: "By id",
    args: {
      first: t.arg.int({ required: true, defaultValue: 50 }),
      after: t.arg.string({ required: false }),
      venue: t.arg.string({ required: false }),
      tag: t.arg.string({ required: false }),
      state: t.arg.string({ required: false, description: "online or offline" }),
    },
    resolve: (_, { first, after, ...wanted }, { parts }) => {
      countOf(first, { name: "first", max: 500 });
      const from = keyIn(after) ?? "";
      const ids = parts.board
        .deviceIds()
        .filter((id) => id > from)
        .sort();
      return pageOf(detailsOf(ids, wanted, first + 1, parts), first, ({ id }) => id);
    },
  }),
}));

interface Wanted {
  venue?: string | null | undefined;
  tag?: string | null | undefined;
  state?: string | null | undefined;
}

function detailsOf(ids: readonly string[], wanted: Wanted, limit: number, { board }: GraphqlParts): DeviceDetail[] {
  const found: DeviceDetail[] = [];
  for (const id of ids) {
    if (found.length === limit) break;
    if (wanted.venue != null && !id.startsWith(`${wanted.venue}.`)) continue;
    if (wanted.tag != null && !board.tagsOf(id).includes(wanted.tag)) continue;
    const detail = board.detail(id);
    if (detail && (wanted.state == null || detail.state === wanted.state)) found.push(detail);
  }
  return found;
}
