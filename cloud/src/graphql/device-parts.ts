/** What belongs to one box alone: telemetry, ledger, history, twin and logins. */
import type { CredentialRecord } from "../identity/credential-tables.js";
import type { HistoryCurve, HistoryExtent, HistoryPoint, LedgerCounts, LedgerDay, Spread } from "../store/store.js";
import type { StoredSummary } from "../telemetry/telemetry-tables.js";
import type { Twin } from "../twin/twin-desk.js";
import { builder } from "./builder.js";

const DAY_MS = 86_400_000;

export const SummaryType = builder.objectRef<StoredSummary>("TelemetrySummary").implement({
  description: "How a box was in one minute",
  fields: (t) => ({
    atUs: t.expose("atUs", { type: "SafeInt", description: "By the box's own clock" }),
    receivedAtUs: t.expose("receivedAtUs", { type: "SafeInt" }),
    message: t.expose("message", { type: "JSON", extensions: { cost: 15 } }),
  }),
});

export const ExtentType = builder.objectRef<HistoryExtent>("HistoryExtent").implement({
  fields: (t) => ({
    beats: t.expose("beats", { type: "SafeInt" }),
    firstUs: t.expose("firstUs", { type: "SafeInt", description: "0 when there are no beats" }),
    lastUs: t.expose("lastUs", { type: "SafeInt" }),
  }),
});

const SpreadType = builder.objectRef<Spread>("Spread").implement({
  fields: (t) => ({ min: t.exposeFloat("min"), mean: t.exposeFloat("mean"), max: t.exposeFloat("max") }),
});

const Point = builder.objectRef<HistoryPoint>("HistoryPoint").implement({
  fields: (t) => ({
    atUs: t.expose("atUs", { type: "SafeInt", description: "Start of the bucket" }),
    beats: t.exposeInt("beats"),
    bpm: t.field({ type: SpreadType, resolve: ({ bpm }) => bpm }),
    confidence: t.field({ type: SpreadType, resolve: ({ confidence }) => confidence }),
  }),
});

export const HistoryType = builder.objectRef<HistoryCurve>("History").implement({
  fields: (t) => ({
    fromUs: t.expose("fromUs", { type: "SafeInt" }),
    toUs: t.expose("toUs", { type: "SafeInt" }),
    bucketUs: t.expose("bucketUs", { type: "SafeInt" }),
    beats: t.expose("beats", { type: "SafeInt" }),
    dates: t.field({ type: "JSON", resolve: ({ dates }) => dates }),
    points: t.field({
      type: [Point],
      description: "Buckets without beats are left out",
      extensions: { size: 1 },
      resolve: ({ points }) => points,
    }),
  }),
});

export const LedgerType = builder.objectRef<LedgerDay>("LedgerDay").implement({
  description: "What became of the beats of a day: fallen = received + lost + unaccounted + waiting",
  fields: (t) => ({
    day: t.string({
      description: "Such as 2026-11-22, UTC by the box's clock",
      resolve: ({ day }) => new Date(day * DAY_MS).toISOString().slice(0, 10),
    }),
    produced: t.expose("produced", { type: "SafeInt" }),
    received: t.expose("received", { type: "SafeInt" }),
    recovered: t.expose("recovered", { type: "SafeInt" }),
    lost: t.expose("lost", { type: "SafeInt" }),
    unaccounted: t.expose("unaccounted", { type: "SafeInt" }),
    waiting: t.field({ type: "SafeInt", resolve: waitingOf }),
  }),
});

const waitingOf = ({ produced, received, lost, unaccounted }: LedgerCounts): number =>
  produced - received - lost - unaccounted;

export const TwinType = builder.objectRef<Twin>("Twin").implement({
  description: "What is wanted of a box, and what it says",
  fields: (t) => ({
    version: t.exposeInt("version", { description: "Of what is wanted" }),
    state: t.exposeString("state", { description: "in-step, pending, refused or unheard" }),
    reportedAtUs: t.expose("reportedAtUs", { type: "SafeInt" }),
    ageS: t.exposeFloat("ageS", { nullable: true }),
    pendingSinceUs: t.expose("pendingSinceUs", { type: "SafeInt", description: "0 = nothing waits" }),
    desired: t.field({ type: "JSON", resolve: ({ desired }) => desired }),
    reported: t.field({ type: "JSON", nullable: true, resolve: ({ reported }) => reported }),
    delta: t.field({ type: "JSON", resolve: ({ delta }) => delta }),
    settings: t.field({ type: "JSON", resolve: ({ settings }) => settings }),
  }),
});

export const CredentialType = builder.objectRef<CredentialRecord>("Credential").implement({
  description: "A login that a box has or had; never its password",
  fields: (t) => ({
    id: t.exposeID("id"),
    createdUs: t.expose("createdUs", { type: "SafeInt" }),
    expiresUs: t.expose("expiresUs", { type: "SafeInt", description: "0 = no end" }),
    usedUs: t.expose("usedUs", { type: "SafeInt", description: "0 = never" }),
    revokedUs: t.expose("revokedUs", { type: "SafeInt", description: "0 = not" }),
    ageS: t.field({
      type: "SafeInt",
      resolve: ({ createdUs }, _, { loaders }) => Math.max(0, Math.floor((loaders.nowUs - createdUs) / 1e6)),
    }),
  }),
});
