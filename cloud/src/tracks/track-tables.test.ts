import type { TelemetryMessage } from "@tactus/shared";
import { expect, test } from "vitest";
import { fleetTables, openFleetSync } from "../store/fleet-tables.js";
import type { NewTrack } from "./track.js";

const SECOND = 1_000_000;
const tables = () => fleetTables(openFleetSync(":memory:"));
const track = (id: string, words: Partial<NewTrack> = {}): NewTrack => ({
  ...{ id, title: id, artist: "Nobody", durationMs: 200_000, sha256: "00", addedUs: 1, addedBy: "ada" },
  ...words,
});
const play = (of: string, device: string, fromS: number) => ({
  ...{ track: of, device, version: 1, lockQuality: 0.9 },
  ...{ fromUs: fromS * SECOND, toUs: (fromS + 240) * SECOND },
});
const summary = (device: string, atS: number, sequence: number) => ({
  device,
  receivedAtUs: atS * SECOND,
  message: { v: 1, session: "s", sequence, sentAtUs: atS * SECOND, uptimeS: atS } as TelemetryMessage & {
    sequence: number;
  },
});

test("tracks come newest first, a page at a time, and by words", () => {
  const { tracks } = tables();
  for (const id of ["t-1", "t-2", "t-3"]) tracks.add(track(id, { title: `Song 100% ${id}` }));

  const page = tracks.list({ limit: 2 });

  expect(page.map(({ id }) => id)).toEqual(["t-3", "t-2"]);
  expect(tracks.list({ limit: 2, before: page.at(-1)?.number }).map(({ id }) => id)).toEqual(["t-1"]);
  expect(tracks.list({ limit: 9, text: "100% T-2" }).map(({ id }) => id)).toEqual(["t-2"]);
  expect(tracks.list({ limit: 9, text: "1_0" })).toEqual([]);
  expect(() => tracks.add(track("t-1"))).toThrow('There is a track "t-1" already');
});

test("analyses are counted within their track and keep what they left", () => {
  const { tracks } = tables();
  tracks.add(track("t-1"));
  tracks.add(track("t-2"));
  const model = { model: "atlas", modelVersion: "1.0.0", createdUs: 5 };

  const first = tracks.addVersion({ track: "t-1", ...model });
  const second = tracks.addVersion({ track: "t-1", ...model });
  const other = tracks.addVersion({ track: "t-2", ...model });
  const artifacts = [{ kind: "genesis-map", sha256: "ab", bytes: 12, path: "ab/cd" }];
  const metrics = [{ name: "f-measure", value: 0.97 }];
  tracks.changeVersion({ id: second.id, state: "done", reason: "", tookMs: 4000 }, { artifacts, metrics });

  expect([first, second, other].map(({ version }) => version)).toEqual([1, 2, 1]);
  const versions = tracks.versionsOf(["t-2", "t-1"]);
  expect(versions.map(({ track: of, version, state }) => [of, version, state])).toEqual([
    ["t-1", 2, "done"],
    ["t-1", 1, "queued"],
    ["t-2", 1, "queued"],
  ]);
  expect(tracks.artifactsOf(versions.map(({ id }) => id))).toEqual([{ of: second.id, ...artifacts[0] }]);
  expect(tracks.metricsOf(versions.map(({ id }) => id))).toEqual([{ of: second.id, ...metrics[0] }]);
  expect(() => tracks.addVersion({ track: "t-9", ...model })).toThrow('No track "t-9"');
});

test("a track that goes takes its analyses and plays along", () => {
  const { tracks } = tables();
  tracks.add(track("t-1"));
  const { id } = tracks.addVersion({ track: "t-1", model: "atlas", modelVersion: "1.0.0", createdUs: 5 });
  tracks.changeVersion({ id, state: "done", reason: "", tookMs: 1 }, { metrics: [{ name: "x", value: 1 }] });
  tracks.putPlays([play("t-1", "club.main", 0)]);

  expect(tracks.remove("t-1")).toBe(true);

  expect(tracks.remove("t-1")).toBe(false);
  expect(tracks.versionsOf(["t-1"])).toEqual([]);
  expect(tracks.metricsOf([id])).toEqual([]);
  expect(tracks.playsOf(["t-1"], 10)).toEqual([]);
});

test("the telemetry of a track is that of its plays", () => {
  const { tracks, telemetry } = tables();
  tracks.add(track("t-1"));
  tracks.add(track("t-2"));
  tracks.putPlays([play("t-1", "club.main", 0), play("t-2", "club.main", 240), play("t-1", "bar.main", 1000)]);
  telemetry.add([60, 120, 240, 300].map((atS, k) => summary("club.main", atS, k)));
  telemetry.add([1060, 1120, 2000].map((atS, k) => summary("bar.main", atS, k)));

  const found = (last: number) =>
    telemetry.ofTracks(["t-1", "t-2"], last).map((one) => [one.of, JSON.parse(one.text).uptimeS]);

  expect(found(100)).toEqual([
    ["t-1", 1120],
    ["t-1", 1060],
    ["t-1", 120],
    ["t-1", 60],
    ["t-2", 300],
    ["t-2", 240],
  ]);
  expect(found(1)).toEqual([
    ["t-1", 1120],
    ["t-2", 300],
  ]);
  expect(
    telemetry.newestOf(["club.main", "bar.main", "no.such"], 1).map(({ of, atUs }) => [of, atUs / SECOND]),
  ).toEqual([
    ["bar.main", 2000],
    ["club.main", 300],
  ]);
});

test("a play that goes on stays one play", () => {
  const { tracks } = tables();
  tracks.add(track("t-1"));
  tracks.putPlays([play("t-1", "club.main", 0)]);

  tracks.putPlays([{ ...play("t-1", "club.main", 0), toUs: 300 * SECOND }]);

  expect(tracks.playsOf(["t-1"], 9)).toMatchObject([{ device: "club.main", toUs: 300 * SECOND }]);
  expect(() => tracks.putPlays([play("t-9", "club.main", 9)])).toThrow('No track "t-9"');
});
