/** Rollouts with their devices and decisions, models with their versions, venues. */
import type { ModelVersion } from "../models/registry.js";
import type { Decision } from "../rollouts/rollout.js";
import { builder, countOf, keyIn, numberIn, pageOf, pageType } from "./builder.js";
import type { GraphqlParts } from "./graphql-parts.js";
import { DeviceRef, type Model, ModelRef, type RolloutMember, RolloutRef, VenueRef } from "./refs.js";

const MemberType = builder.objectRef<RolloutMember>("RolloutDevice").implement({
  description: "A box that was taken into a rollout",
  fields: (t) => ({
    deviceId: t.exposeID("deviceId"),
    device: t.field({
      type: DeviceRef,
      nullable: true,
      resolve: ({ deviceId }, _, { parts }) => parts.board.detail(deviceId),
    }),
    phase: t.exposeInt("phase"),
    state: t.exposeString("state"),
    assignedAtUs: t.expose("assignedAtUs", { type: "SafeInt" }),
    switchedAtUs: t.field({ type: "SafeInt", nullable: true, resolve: ({ switchedAtUs }) => switchedAtUs }),
    backAtUs: t.field({ type: "SafeInt", nullable: true, resolve: ({ backAtUs }) => backAtUs }),
    previous: t.field({ type: "JSON", nullable: true, resolve: ({ previous }) => previous }),
    running: t.field({ type: "JSON", nullable: true, resolve: ({ running }) => running }),
    update: t.field({ type: "JSON", nullable: true, resolve: ({ update }) => update }),
  }),
});

const DecisionType = builder.objectRef<Decision>("Decision").implement({
  description: "Why something was done or not done, with what was known then",
  fields: (t) => ({
    atUs: t.expose("atUs", { type: "SafeInt" }),
    by: t.exposeString("by"),
    action: t.exposeString("action"),
    phase: t.exposeInt("phase"),
    reason: t.exposeString("reason"),
    evidence: t.field({ type: "JSON", resolve: ({ evidence }) => evidence }),
  }),
});

const Members = pageType("RolloutDevice", MemberType);

RolloutRef.implement({
  fields: (t) => ({
    id: t.exposeID("id"),
    number: t.exposeInt("number"),
    kind: t.exposeString("kind"),
    model: t.exposeString("model"),
    version: t.exposeString("version"),
    target: t.exposeString("target"),
    note: t.exposeString("note"),
    state: t.exposeString("state"),
    status: t.exposeString("status", { description: "What happens or is waited for, in words" }),
    phase: t.exposeInt("phase"),
    percent: t.exposeFloat("percent"),
    phases: t.field({ type: "JSON", resolve: ({ phases }) => phases }),
    createdAtUs: t.expose("createdAtUs", { type: "SafeInt" }),
    createdBy: t.exposeString("createdBy"),
    endedAtUs: t.expose("endedAtUs", { type: "SafeInt", nullable: true }),
    members: t.exposeInt("members"),
    switched: t.exposeInt("switched"),
    devices: t.field({
      type: Members,
      args: {
        first: t.arg.int({ required: true, defaultValue: 50 }),
        after: t.arg.string({ required: false }),
      },
      resolve: ({ id }, { first, after }, { parts }) => {
        countOf(first, { name: "first", max: 500 });
        const from = keyIn(after) ?? "";
        const members = parts.rollouts.desk.members(id).filter(({ deviceId }) => deviceId > from);
        members.sort((a, b) => (a.deviceId < b.deviceId ? -1 : 1));
        return pageOf(members, first, ({ deviceId }) => deviceId);
      },
    }),
    decisions: t.field({
      type: [DecisionType],
      description: "Newest first",
      args: { last: t.arg.int({ required: true, defaultValue: 20 }) },
      resolve: ({ id }, { last }, { loaders }) =>
        loaders.decisions.load({ of: id, last: countOf(last, { name: "last", max: 1000 }) }),
    }),
  }),
});

const VersionType = builder.objectRef<ModelVersion>("ModelVersion").implement({
  fields: (t) => ({
    name: t.exposeString("name"),
    version: t.exposeString("version"),
    state: t.exposeString("state", { description: "published, revoked, below-floor or withdrawn" }),
    reason: t.exposeString("reason"),
    sha256: t.exposeString("sha256"),
    bytes: t.expose("bytes", { type: "SafeInt" }),
    publishedAtUs: t.expose("publishedAtUs", { type: "SafeInt" }),
    publishedBy: t.exposeString("publishedBy"),
  }),
});

ModelRef.implement({
  fields: (t) => ({
    name: t.exposeString("name"),
    versions: t.field({ type: [VersionType], resolve: ({ versions }) => versions }),
  }),
});

VenueRef.implement({
  fields: (t) => ({
    name: t.exposeID("venue"),
    timeZone: t.string({ resolve: ({ venue }, _, { parts }) => parts.rollouts.book.venue(venue).timeZone }),
    quiet: t.boolean({ resolve: ({ venue }, _, { parts }) => parts.rollouts.book.venue(venue).quiet }),
    windows: t.field({
      type: "JSON",
      description: "When boxes may be worked on",
      resolve: ({ venue }, _, { parts }) => parts.rollouts.book.venue(venue).windows,
    }),
    isDefault: t.boolean({
      description: "Nobody has set anything",
      resolve: ({ venue }, _, { parts }) => !parts.rollouts.book.hasVenue(venue),
    }),
    devices: t.field({
      type: [DeviceRef],
      args: { first: t.arg.int({ required: true, defaultValue: 50 }) },
      resolve: ({ venue }, { first }, { parts }) => {
        const ids = parts.board.deviceIds().filter((id) => id.startsWith(`${venue}.`));
        const some = ids.sort().slice(0, countOf(first, { name: "first", max: 500 }));
        return some.flatMap((id) => parts.board.detail(id) ?? []);
      },
    }),
  }),
});

const Rollouts = pageType("Rollout", RolloutRef);
const Venues = pageType("Venue", VenueRef);

builder.queryFields((t) => ({
  rollout: t.field({
    type: RolloutRef,
    nullable: true,
    args: { id: t.arg.id({ required: true }) },
    resolve: (_, args, { parts }) => parts.rollouts.desk.summaries().find(({ id }) => id === args.id),
  }),
  rollouts: t.field({
    type: Rollouts,
    description: "Newest first",
    args: {
      first: t.arg.int({ required: true, defaultValue: 20 }),
      after: t.arg.string({ required: false }),
      state: t.arg.string({ required: false }),
    },
    resolve: (_, { first, after, state }, { parts }) => {
      countOf(first, { name: "first", max: 100 });
      const before = numberIn(after) ?? Number.MAX_SAFE_INTEGER;
      const found = parts.rollouts.desk.summaries().filter((one) => one.number < before);
      const wanted = state == null ? found : found.filter((one) => one.state === state);
      return pageOf(wanted, first, ({ number }) => String(number));
    },
  }),
  models: t.field({
    type: [ModelRef],
    description: "By name, each with every version ever published, newest first",
    resolve: (_, __, { parts }) => modelsOf(parts),
  }),
  venue: t.field({
    type: VenueRef,
    nullable: true,
    args: { name: t.arg.id({ required: true }) },
    resolve: (_, { name }, { parts }) => (venueNames(parts).includes(String(name)) ? { venue: String(name) } : null),
  }),
  venues: t.field({
    type: Venues,
    description: "That have a box, by name",
    args: {
      first: t.arg.int({ required: true, defaultValue: 50 }),
      after: t.arg.string({ required: false }),
    },
    resolve: (_, { first, after }, { parts }) => {
      countOf(first, { name: "first", max: 500 });
      const from = keyIn(after) ?? "";
      const names = venueNames(parts).filter((name) => name > from);
      return pageOf(
        names.map((venue) => ({ venue })),
        first,
        ({ venue }) => venue,
      );
    },
  }),
}));

async function modelsOf({ registry }: GraphqlParts): Promise<Model[]> {
  const models = new Map<string, Model>();
  for (const version of await registry.models.list()) {
    const model = models.get(version.name) ?? { name: version.name, versions: [] };
    model.versions.push(version);
    models.set(version.name, model);
  }
  return [...models.values()];
}

const venueNames = ({ board }: GraphqlParts): string[] =>
  [...new Set(board.deviceIds().map((id) => id.split(".")[0] ?? ""))].sort();
