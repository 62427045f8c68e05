import { setTimeout as sleep } from "node:timers/promises";
import { decodeHistory, OverrideState, StatusMessage, TelemetryMessage, TimePing } from "@tactus/shared";
import { afterAll, beforeAll, expect, test } from "vitest";
import { DeviceUnderTest, eventually, Inbox } from "./device-under-test.js";
import { FakeCloud } from "./fake-cloud.js";

const cloud = new FakeCloud();
let device: DeviceUnderTest;
beforeAll(async () => {
  await cloud.start();
  device = await DeviceUnderTest.start({
    cloud: { url: `mqtt://127.0.0.1:${cloud.port}`, username: "club.booth", password: "token" },
  });
});
afterAll(async () => {
  await device.stop();
  await cloud.stop();
});

test("beats, levels and activations stay in the room while nobody looks", async () => {
  await cloud.atLeast(3, "history");

  for (const leaf of ["beat", "levels", "activation"]) expect(cloud.of(leaf)).toEqual([]);
  cloud.watches = true;
  cloud.say("watch", { v: 1, forS: 300 });
});

test("the cloud sees status, beats, grid, tempo, levels and activations", async () => {
  for (const leaf of ["status", "beat", "grid", "tempo", "activation", "override/state"]) await cloud.atLeast(1, leaf);
  await cloud.atLeast(10, "levels");

  expect(StatusMessage.parse(cloud.of("status")[0])).toMatchObject({ state: "online", name: "booth" });
  expect(TimePing.parse((await cloud.atLeast(1, "time/ping"))[0]).v).toBe(1);
  expect(cloud.received.find(({ leaf }) => leaf === "grid")?.retain).toBe(true);
  expect(cloud.received.find(({ leaf }) => leaf === "beat")?.retain).toBe(false);
});

test("levels go up about ten times a second, not fifty", async () => {
  const before = cloud.of("levels").length;

  await sleep(3000);

  expect(cloud.of("levels").length - before).toBeLessThan(40);
});

test("history holds each beat once, in batches without a gap", async () => {
  await cloud.atLeast(4, "history");

  const batches = cloud.batches();
  const ids = batches.flatMap(({ beats }) => beats.map(({ beatId }) => beatId));
  expect(new Set(ids).size).toBe(ids.length);
  expect(batches.map(({ sequence }) => sequence)).toEqual(batches.map((_, k) => k));
});

test("an override from the cloud reaches the grid and its state comes back", async () => {
  cloud.say("override/set", { v: 1, requestId: "far-1", by: "Operator", command: { action: "hold", bpm: 124 } });

  const state = await eventually(
    () =>
      cloud
        .of("override/state")
        .map((one) => OverrideState.parse(one))
        .find(({ lastRequestId }) => lastRequestId === "far-1"),
    "the answer at the cloud",
  );
  expect(state).toMatchObject({ mode: "held", by: "Operator", refused: "" });
  cloud.say("override/set", { v: 1, requestId: "far-2", by: "Operator", command: { action: "release" } });
});

test("nonsense from the cloud harms neither agent nor beats", async () => {
  const [agent, beats] = [device.pids("agent").at(-1), cloud.of("beat").length];

  cloud.say("override/set", "{");
  cloud.say("override/set", "x".repeat(200_000));
  cloud.say("history/ack", "[]");
  cloud.say("history/ack", { v: 1, session: "elsewhere", sequence: 1e9 });
  cloud.say("time/pong", "null");

  await cloud.atLeast(beats + 4, "beat");
  expect(device.pids("agent").at(-1)).toBe(agent);
});

test("telemetry tells how long the stages take", async () => {
  const [telemetry] = (await cloud.atLeast(1, "telemetry")).map((one) => TelemetryMessage.parse(one));

  expect(telemetry?.hops).toBeGreaterThan(100);
  expect(telemetry?.latency.model.p50).toBeGreaterThan(0);
});

test("beats go on without the cloud, and history that was not acknowledged comes again", async () => {
  const local = await Inbox.of(await device.client(), "beat");
  cloud.acknowledges = false;
  const before = cloud.batches().length;
  await eventually(() => cloud.batches().length > before, "an unacknowledged batch");
  const open = cloud.batches().at(-1);
  await cloud.stop();
  const heard = local.of("beat").length;
  await sleep(3000);
  expect(local.of("beat").length).toBeGreaterThan(heard + 3);

  cloud.acknowledges = true;
  const reached = cloud.received.length;
  await cloud.start();

  await eventually(
    () =>
      cloud.received
        .slice(reached)
        .filter(({ leaf }) => leaf === "history")
        .map(({ payload }) => decodeHistory(payload))
        .some(({ session, sequence, late }) => late && session === open?.session && sequence === open.sequence),
    "the same batch again",
    90_000,
  );
  const sequences = new Set(cloud.batches().map(({ sequence }) => sequence));
  await eventually(() => {
    const known = cloud.batches();
    return known.length > 0 && Math.max(...known.map(({ sequence }) => sequence)) > Math.max(...sequences);
  }, "new batches");
  const all = [...new Set(cloud.batches().map(({ sequence }) => sequence))].sort((a, b) => a - b);
  expect(all).toEqual(all.map((_, k) => k));
});

test("the last will reaches the cloud when the agent is killed, and the next agent is another session", async () => {
  const from = cloud.received.length;
  const since = () =>
    cloud.received
      .slice(from)
      .filter(({ leaf }) => leaf === "status")
      .map(({ payload }) => StatusMessage.parse(JSON.parse(payload.toString())));

  process.kill(device.pids("agent").at(-1) as number, "SIGKILL");

  const online = await eventually(
    () => since().find(({ state, sessionNumber }) => state === "online" && sessionNumber > 2),
    "online again",
    60_000,
  );
  const sequences = await eventually(() => {
    const mine = cloud.batches().filter(({ session }) => session === online.session);
    return mine.length > 0 && mine.map(({ sequence }) => sequence);
  }, "history of the new session");
  expect(sequences[0]).toBe(0);
});
