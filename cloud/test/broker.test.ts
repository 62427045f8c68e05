import { connect as connectTcp } from "node:net";
import { topicOf } from "@tactus/shared";
import { connectAsync } from "mqtt";
import { describe, expect, it } from "vitest";
import { type CloudUnderTest, eventually, withCloud } from "./cloud-under-test.js";
import { beatAt, SimulatedDevice } from "./simulated-device.js";

const connected = async (cloud: CloudUnderTest, device: string) => {
  const simulated = new SimulatedDevice({ cloud, device });
  await simulated.connect();
  return simulated;
};
const closed = (device: SimulatedDevice) => eventually(() => !device.client.connected, "the connection is closed");
const metric = async (cloud: CloudUnderTest, line: string) =>
  (await (await fetch(`${cloud.url}/metrics`)).text()).includes(line);

describe("broker", () => {
  it("lets nobody in with a wrong password, another device's, or a name that is no device", async () => {
    await withCloud(async (cloud) => {
      const attempt = (username: string, password: string) =>
        connectAsync(cloud.mqttUrl, { username, password, reconnectPeriod: 0, connectTimeout: 10_000 }, false);

      await expect(attempt("hall.box", "wrong")).rejects.toThrow(/not authorized/i);
      await expect(attempt("hall.box", "")).rejects.toThrow(/not authorized/i);
      await expect(attempt("hall.other", await cloud.passwordOf("hall.box"))).rejects.toThrow(/not authorized/i);
      await expect(attempt("hall/+.box", await cloud.passwordOf("hall.box"))).rejects.toThrow(/not authorized/i);
      expect(await metric(cloud, 'tactus_mqtt_refused_total{reason="credentials"} 4')).toBe(true);
    });
  });

  it("cuts a device off that writes outside its own tree, and takes nothing of it", async () => {
    await withCloud(async (cloud) => {
      const honest = await connected(cloud, "honest");
      const attempts = [
        topicOf(honest.at, "status"),
        topicOf(honest.at, "history"),
        "$SYS/x",
        "tactus/v2/testhall/evil/status",
        topicOf({ venue: "testhall", device: "evil" }, "override/set"),
        topicOf({ venue: "testhall", device: "evil" }, "history/ack"),
      ];
      for (const topic of attempts) {
        const evil = await connected(cloud, "evil");
        evil.client.publish(topic, JSON.stringify(honest.status("offline")), { qos: 1 });
        await closed(evil);
      }

      expect((await cloud.device(honest.id)).state).toBe("online");
      await honest.disconnect();
    });
  });

  it("publishes no last will outside the device's own tree", async () => {
    await withCloud(async (cloud) => {
      const honest = await connected(cloud, "honest");
      const evil = await connectAsync(cloud.mqttUrl, {
        username: "testhall.evil",
        password: await cloud.passwordOf("testhall.evil"),
        reconnectPeriod: 0,
        will: {
          topic: topicOf(honest.at, "status"),
          payload: JSON.stringify(honest.status("offline")),
          qos: 1,
          retain: true,
        },
      });
      evil.stream.destroy();
      await eventually(() => metric(cloud, 'tactus_mqtt_refused_total{reason="publish"} 1'), "the will is refused");

      expect((await cloud.device(honest.id)).state).toBe("online");
      await honest.disconnect();
    });
  });

  it("refuses subscriptions to anything but the device's own tree", async () => {
    await withCloud(async (cloud) => {
      const [left, right] = [await connected(cloud, "left"), await connected(cloud, "right")];
      const heard: string[] = [];
      right.client.on("message", (topic) => heard.push(topic));
      for (const filter of [
        "#",
        "tactus/#",
        "tactus/v1/+/+/#",
        "tactus/v1/testhall/+/beat",
        `${topicOf(left.at, "beat")}`,
        "$SYS/#",
      ]) {
        await expect(right.client.subscribeAsync(filter), filter).rejects.toThrow();
      }
      await right.client.subscribeAsync(topicOf(right.at, "tempo"));

      await left.say("beat", left.prediction(0, Date.now() * 1000 + 1_000_000), { qos: 1 });
      await right.say("tempo", { v: 1, bpm: 1, state: "searching" }, { qos: 1 });
      await eventually(() => heard.length > 0, "its own message");

      expect(heard).toEqual([topicOf(right.at, "tempo")]);
      await Promise.all([left.disconnect(), right.disconnect()]);
    });
  });

  it("keeps devices apart that use the same client id", async () => {
    await withCloud(async (cloud) => {
      const left = await connected(cloud, "left");
      const right = await connected(cloud, "right");
      await left.sendHistory(0, [beatAt(1_700_000_000_000_000)]);
      await eventually(() => left.acks.length === 1, "the first device is still served");

      expect(right.client.connected).toBe(true);
      await Promise.all([left.disconnect(), right.disconnect()]);
    });
  });

  it("takes a message of 250 KiB and cuts the link at one above 256 KiB", async () => {
    await withCloud(async (cloud) => {
      const device = await connected(cloud, "big");
      await device.say("log", "x".repeat(250 * 1024), { qos: 1 });
      expect(device.client.connected).toBe(true);

      device.client.publish(topicOf(device.at, "log"), "x".repeat(300 * 1024), { qos: 1 });
      await closed(device);
      expect(await metric(cloud, 'tactus_mqtt_refused_total{reason="packet-size"} 1')).toBe(true);
    });
  });

  it("cuts a connection at the announced length, before the bytes come", async () => {
    await withCloud(async (cloud) => {
      const socket = connectTcp(Number(new URL(cloud.mqttUrl).port), "127.0.0.1");
      const gone = new Promise((resolve) => socket.once("close", resolve));
      socket.on("error", () => {});
      socket.write(Buffer.from([0x10, 0xff, 0xff, 0xff, 0x7f])); // CONNECT of 268 435 455 bytes

      await gone;
    });
  });

  it("survives bytes that are not MQTT", async () => {
    await withCloud(async (cloud) => {
      for (let round = 0; round < 20; round++) {
        const socket = connectTcp(Number(new URL(cloud.mqttUrl).port), "127.0.0.1");
        socket.on("error", () => {});
        socket.end(Buffer.from(Array.from({ length: 200 }, (_, index) => (index * 37 + round * 101) % 256)));
        await new Promise((resolve) => socket.once("close", resolve));
      }
      const device = await connected(cloud, "after");

      expect(device.client.connected).toBe(true);
      await device.disconnect();
    });
  });
});

describe("messages that are not what their topic says", () => {
  it("are counted and change nothing, and the device goes on", async () => {
    await withCloud(async (cloud) => {
      const device = await connected(cloud, "odd");
      const good = device.prediction(0, Date.now() * 1000 + 1_000_000);
      const bad: [Parameters<typeof topicOf>[1], string][] = [
        ["beat", "not json"],
        ["beat", "null"],
        ["beat", JSON.stringify({ ...good, confidence: 2 })],
        ["beat", JSON.stringify({ ...good, v: 2 })],
        ["grid", "[]"],
        ["levels", '{"v":1}'],
        ["status", "\u0000"],
        ["history", JSON.stringify({ v: 1, session: "s", sequence: 0, beats: [] })],
        ["history", JSON.stringify({ v: 1, session: "s", sequence: -1, beats: [beatAt(1)] })],
        ["override/state", '{"v":1,"mode":"party"}'],
        ["alert/fire", '{"v":1,"id":"fire"}'],
      ];
      for (const [leaf, text] of bad) await device.say(leaf, text, { qos: 1 });
      await device.client.publishAsync(topicOf(device.at, "tempo"), Buffer.from([0xff, 0xfe]), { qos: 1 });
      await device.sendHistory(0, [beatAt(1_700_000_000_000_000)]);
      await eventually(
        () => device.acks.some(({ refused }) => refused === undefined),
        "the good batch is acknowledged",
      );

      expect(await metric(cloud, "tactus_messages_rejected_total 12")).toBe(true);
      const known = await cloud.device(device.id);
      expect([known.state, known.grid, known.history.beats, known.alerts]).toEqual(["online", null, 1, []]);
      await device.disconnect();
    });
  });

  it("raise an alert that is right and clear it with an empty one", async () => {
    await withCloud(async (cloud) => {
      const device = await connected(cloud, "box");
      const alert = {
        v: 1,
        id: "silence",
        severity: "warning",
        message: "No sound",
        remedy: "Check the cable",
        sinceUs: 1,
      };
      await device.say("alert/silence", alert, { qos: 1, retain: true });
      await eventually(() => cloud.board.detail(device.id)?.alerts.length === 1, "raised");
      expect((await cloud.device(device.id)).alerts).toEqual([alert]);

      await device.say("alert/silence", "", { qos: 1, retain: true });
      await eventually(() => cloud.board.detail(device.id)?.alerts.length === 0, "cleared");
      await device.disconnect();
    });
  });
});
