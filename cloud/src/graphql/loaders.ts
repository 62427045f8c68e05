/** What many fields of one request ask for, each for one thing, into one call for all of them. */
import type { TelemetryMessage } from "@tactus/shared";
import DataLoader from "dataloader";
import type { FleetStore } from "../store/fleet-store.js";
import type { TwinDesk } from "../twin/twin-desk.js";

export interface LoaderParts {
  fleet: Pick<FleetStore, "tracks" | "telemetry" | "rollouts" | "credentials" | "alerts">;
  twin: { twins: Pick<TwinDesk, "twinsOf"> };
  /** Epoch microseconds. */
  now(): number;
}

/** How many of the newest are wanted of the thing `of`. */
export interface Newest {
  of: string;
  last: number;
}

export type Loaders = ReturnType<typeof loadersOf>;

export function loadersOf({ fleet, twin, now }: LoaderParts) {
  const { tracks, telemetry, rollouts, credentials, alerts } = fleet;
  return {
    track: single((ids: readonly string[]) => tracks.tracksOf(ids), byId),
    versions: many(
      (ids: readonly string[]) => tracks.versionsOf(ids),
      ({ track }) => track,
    ),
    artifacts: many((ids: readonly number[]) => tracks.artifactsOf(ids), byOf),
    metrics: many((ids: readonly number[]) => tracks.metricsOf(ids), byOf),
    plays: newest(
      (ids, last) => tracks.playsOf(ids, last),
      ({ track }) => track,
    ),
    trackTelemetry: newest(async (ids, last) => (await telemetry.ofTracks(ids, last)).map(withMessage), byOf),
    deviceTelemetry: newest(async (ids, last) => (await telemetry.newestOf(ids, last)).map(withMessage), byOf),
    decisions: newest((ids, last) => rollouts.decisionsOf(ids, last), byOf),
    credentials: newest(
      (ids, last) => credentials.historyOf(ids, last),
      ({ device }) => device,
    ),
    openAlerts: many(
      (ids: readonly string[]) => alerts.openOf(ids),
      ({ subject }) => subject,
    ),
    twin: single(
      (ids: readonly string[]) => twin.twins.twinsOf(ids),
      ({ device }) => device,
    ),
    /** Ages are told against one instant for the whole answer. */
    nowUs: now(),
  };
}

/** It was checked before it was stored. */
const withMessage = <Row extends { text: string }>({ text, ...row }: Row) => ({
  ...row,
  message: JSON.parse(text) as TelemetryMessage & { sequence: number },
});
const byId = ({ id }: { id: string }) => id;
const byOf = <Key>({ of }: { of: Key }) => of;

/** One thing a key; null = there is none. */
function single<Key, Thing>(fetch: (keys: readonly Key[]) => Promise<Thing[]>, keyOf: (thing: Thing) => Key) {
  return new DataLoader<Key, Thing | null>(async (keys) => {
    const found = new Map((await fetch(keys)).map((thing) => [keyOf(thing), thing]));
    return keys.map((key) => found.get(key) ?? null);
  });
}

/** All things of a key, in the order they come in. */
function many<Key, Thing>(fetch: (keys: readonly Key[]) => Promise<Thing[]>, keyOf: (thing: Thing) => Key) {
  return new DataLoader<Key, Thing[]>(async (keys) => {
    const found = grouped(await fetch(keys), keyOf);
    return keys.map((key) => found.get(key) ?? []);
  });
}

/** The newest things of a key: one call for each number that is asked for. */
function newest<Thing>(fetch: (ids: string[], last: number) => Promise<Thing[]>, keyOf: (thing: Thing) => string) {
  return new DataLoader<Newest, Thing[], string>(
    async (asked) => {
      const answers = new Map<number, Map<string, Thing[]>>();
      for (const [last, group] of grouped(asked, (one) => one.last)) {
        const things = await fetch(
          group.map(({ of }) => of),
          last,
        );
        answers.set(last, grouped(things, keyOf));
      }
      return asked.map(({ of, last }) => answers.get(last)?.get(of) ?? []);
    },
    { cacheKeyFn: ({ of, last }) => `${last} ${of}` },
  );
}

function grouped<Key, Thing>(things: readonly Thing[], keyOf: (thing: Thing) => Key): Map<Key, Thing[]> {
  const groups = new Map<Key, Thing[]>();
  for (const thing of things) {
    const group = groups.get(keyOf(thing));
    if (group) group.push(thing);
    else groups.set(keyOf(thing), [thing]);
  }
  return groups;
}
