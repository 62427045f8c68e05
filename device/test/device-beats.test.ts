import { connect as connectTcp } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { BeatPrediction, GridMessage, LevelsMessage, OverrideState, StatusMessage, TempoMessage } from "@tactus/shared";
import { afterAll, beforeAll, expect, test } from "vitest";
import { DeviceUnderTest, eventually, Inbox, topic } from "./device-under-test.js";

let device: DeviceUnderTest;
beforeAll(async () => {
  device = await DeviceUnderTest.start();
});
afterAll(() => device.stop());

test("a client on the venue's network reads beats before they fall", async () => {
  const inbox = await Inbox.of(await device.client(), "beat");

  const beats = (await inbox.atLeast(30, "beat")).map((beat) => BeatPrediction.parse(beat));

  const announced = beats.filter(({ state }) => state === "announced");
  const dues = announced.map(({ dueAtUs }) => dueAtUs / 1000);
  const gaps = dues
    .slice(1)
    .map((due, k) => due - (dues[k] as number))
    .sort((a, b) => a - b);
  expect(announced.filter(({ dueInMs }) => dueInMs > 60).length).toBeGreaterThan(announced.length * 0.8);
  // "Escape from Chaosland" runs at about 134 beats a minute.
  expect(gaps[Math.floor(gaps.length / 2)]).toBeGreaterThan(400);
  expect(gaps[Math.floor(gaps.length / 2)]).toBeLessThan(490);
});

test("grid and tempo are there for who comes late, and are repeated", async () => {
  const inbox = await Inbox.of(await device.client(), "grid", "tempo");

  await inbox.atLeast(3, "grid");

  const retained = inbox.messages.filter(({ retain }) => retain).map(({ leaf }) => leaf);
  expect(retained.sort()).toEqual(["grid", "tempo"]);
  for (const grid of inbox.of("grid")) GridMessage.parse(grid);
  for (const tempo of inbox.of("tempo")) TempoMessage.parse(tempo);
});

test("levels come about fifty times a second while they are read", async () => {
  const inbox = await Inbox.of(await device.client(), "levels");

  const levels = await inbox.atLeast(100, "levels");

  expect(LevelsMessage.parse(levels.at(-1)).bands).toHaveLength(16);
});

test("status tells what is heard, by what model, and since which session", async () => {
  const inbox = await Inbox.of(await device.client("pairing"), "status");

  const status = await eventually(
    () =>
      inbox
        .of("status")
        .map((one) => StatusMessage.parse(one))
        .find(({ capture }) => capture === "running"),
    "a running capture",
  );

  expect(status).toMatchObject({ state: "online", hearing: "up", name: "booth" });
  expect(status.model).toMatch(/ \d+\.\d+\.\d+$/);
  expect(status.source).toContain("escape-from-chaosland.ogg");
});

test("an override by MQTT is done and answered", async () => {
  const client = await device.client("pairing");
  const inbox = await Inbox.of(client, "override/state", "tempo");
  const command = { v: 1, requestId: "hold-1", by: "Ada", command: { action: "hold", bpm: 120 } };

  await client.publishAsync(topic("override/set"), JSON.stringify(command), { qos: 1 });

  const answered = () => inbox.of("override/state").map((one) => OverrideState.parse(one));
  const state = await eventually(
    () => answered().find(({ lastRequestId }) => lastRequestId === "hold-1"),
    "the answer",
  );
  expect(state).toMatchObject({ mode: "held", by: "Ada", refused: "", bpm: 120 });
  await eventually(
    () =>
      inbox
        .of("tempo")
        .map((one) => TempoMessage.parse(one))
        .some(({ state, bpm }) => state === "held" && bpm === 120),
    "a held tempo",
  );

  const release = { ...command, requestId: "release-1", command: { action: "release" } };
  await client.publishAsync(topic("override/set"), JSON.stringify(release), { qos: 1 });
  await eventually(
    () => answered().some(({ lastRequestId, mode }) => lastRequestId === "release-1" && mode === "automatic"),
    "release",
  );
});

test("nothing that is sent to it takes a beat away", async () => {
  const pid = device.pids("hearing").at(-1);
  const beats = await Inbox.of(await device.client(), "beat");
  const client = await device.client("pairing");
  const good = JSON.stringify({ v: 1, requestId: "n", by: "x", command: { action: "nudge", ms: 0 } });
  let seed = 7;
  const chance = (below: number) => {
    seed = (seed * 48271) % 2147483647;
    return seed % below;
  };
  const spoilt = () => Buffer.from(Buffer.from(good).map((byte) => (chance(20) === 0 ? chance(256) : byte)));

  for (let k = 0; k < 200; k++) {
    const payload = k % 3 === 0 ? Buffer.from(good.slice(0, chance(good.length))) : spoilt();
    await client.publishAsync(topic(k % 5 === 0 ? "time/ping" : "override/set"), payload, { qos: 1 });
  }
  for (let k = 0; k < 10; k++) {
    const socket = connectTcp(device.port, "127.0.0.1").on("error", () => {});
    socket.end(Buffer.from(Array.from({ length: 2000 }, () => chance(256))));
  }
  const heard = beats.of("beat").length;

  await beats.atLeast(heard + 4, "beat");
  expect(device.pids("hearing").at(-1)).toBe(pid);
});

test("beats go on when the agent is killed, and the agent comes back", async () => {
  const client = await device.client("pairing");
  const inbox = await Inbox.of(client, "beat", "status");
  await inbox.atLeast(2, "beat");
  const killedAt = performance.now();

  process.kill(device.pids("agent").at(-1) as number, "SIGKILL");
  await sleep(4000);

  const fallen = inbox.messages.filter(({ leaf, at }) => leaf === "beat" && at > killedAt).map(({ at }) => at);
  const gaps = fallen.map((at, k) => at - (fallen[k - 1] ?? killedAt));
  expect(fallen.length).toBeGreaterThan(5);
  expect(Math.max(...gaps)).toBeLessThan(1500);
  const states = await eventually(() => {
    const told = inbox.of("status").map((one) => StatusMessage.parse(one));
    return told.some(({ state }) => state === "offline") && told.at(-1)?.state === "online" ? told : undefined;
  }, "offline by the last will, then online again");
  expect(new Set(states.map(({ session }) => session)).size).toBe(2);
});

test("hearing is started again when it is killed, at the same address", async () => {
  const client = await device.client();
  const inbox = await Inbox.of(client, "beat", "grid");
  const [before] = (await inbox.atLeast(1, "beat")).map((beat) => BeatPrediction.parse(beat));
  const session = before?.beatId.split("-")[0];

  process.kill(device.pids("hearing").at(-1) as number, "SIGKILL");

  const again = await eventually(
    () =>
      inbox
        .of("beat")
        .map((beat) => BeatPrediction.parse(beat))
        .find(({ beatId }) => !beatId.startsWith(`${session}-`)),
    "a beat of a new session",
    60_000,
  );
  expect(again.state).toBe("announced");
});

test("a hearing that hangs is killed and started again", async () => {
  const inbox = await Inbox.of(await device.client(), "beat");
  await inbox.atLeast(1, "beat");
  const hung = device.pids("hearing").at(-1) as number;
  const heard = inbox.of("beat").length;

  process.kill(hung, "SIGSTOP");

  await eventually(() => device.pids("hearing").at(-1) !== hung, "a new process", 60_000);
  await eventually(() => inbox.of("beat").length > heard + 1, "beats again", 60_000);
});
