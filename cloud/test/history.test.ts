import { rm } from "node:fs/promises";
import type { DeviceAnswer, HistoryAnswer } from "@tactus/cloud";
import { connectAsync } from "mqtt";
import { describe, expect, it } from "vitest";
import { eventually, newDataDir, startTestCloud, withCloud } from "./cloud-under-test.js";
import { beatAt, SimulatedDevice, type SimulatedDeviceOptions } from "./simulated-device.js";

/** 10:00:00 UTC on a day in the past, microseconds. */
const TEN = Date.parse("2026-03-01T10:00:00Z") * 1000;
const SECOND = 1_000_000;

const connected = async (cloud: SimulatedDeviceOptions["cloud"], device = "box") => {
  const simulated = new SimulatedDevice({ cloud, device });
  await simulated.connect();
  return simulated;
};
const path = (id: string, from: string, to: string, points: number) =>
  `/api/v1/devices/${id}/history?from=${from}&to=${to}&points=${points}`;

describe("history", () => {
  it("stores every beat of a device and gives their tempo back per bucket", async () => {
    await withCloud(async (cloud) => {
      const device = await connected(cloud);
      const beats = Array.from({ length: 120 }, (_, index) =>
        beatAt(TEN + index * 0.5 * SECOND, { bpm: index < 60 ? 120 : 126, confidence: index % 2 === 0 ? 0.8 : 1 }),
      );

      await device.sendHistory(0, beats.slice(0, 50));
      await device.sendHistory(1, beats.slice(50));
      await eventually(() => device.acks.length === 2, "both batches acknowledged");
      const minute = await cloud.get<HistoryAnswer>(path(device.id, "2026-03-01T10:00:00Z", "2026-03-01T10:01:00Z", 6));

      expect(minute.bucketUs).toBe(10 * SECOND);
      expect(minute.beats).toBe(120);
      expect(minute.points.map((point) => point.beats)).toEqual([20, 20, 20, 20, 20, 20]);
      expect(minute.points[0]?.bpm).toEqual({ min: 120, mean: 120, max: 120 });
      expect(minute.points[5]?.bpm).toEqual({ min: 126, mean: 126, max: 126 });
      expect(minute.points[3]?.confidence.mean).toBeCloseTo(0.9);
      await device.disconnect();
    });
  });

  it("adds up to the same beats at every zoom", async () => {
    await withCloud(async (cloud) => {
      const device = await connected(cloud);
      const beats = Array.from({ length: 1000 }, (_, index) => beatAt(TEN + Math.round(index * 7.3 * SECOND)));
      await device.sendHistory(0, beats);
      await eventually(() => device.acks.length === 1, "acknowledged");

      for (const points of [1, 3, 10, 100, 700, 2000]) {
        const curve = await cloud.get<HistoryAnswer>(
          path(device.id, "2026-03-01T00:00:00Z", "2026-03-02T00:00:00Z", points),
        );
        expect(curve.beats, `${points} points`).toBe(1000);
        expect(curve.points.length).toBeLessThanOrEqual(points);
      }
      expect((await cloud.device(device.id)).history).toEqual({
        beats: 1000,
        firstUs: TEN,
        lastUs: TEN + Math.round(999 * 7.3 * SECOND),
      });
      await device.disconnect();
    });
  });

  it("takes a batch once, however often it is sent, and acknowledges it each time", async () => {
    await withCloud(async (cloud) => {
      const device = await connected(cloud);
      const beats = [beatAt(TEN), beatAt(TEN + SECOND)];

      for (let time = 0; time < 3; time++) await device.sendHistory(7, beats);
      await eventually(() => device.acks.length === 3, "three acknowledgements");

      expect(device.acks.every((ack) => ack.sequence === 7 && ack.session === device.session)).toBe(true);
      expect((await cloud.device(device.id)).history.beats).toBe(2);
      await device.disconnect();
    });
  });

  it("keeps the same sequence of two sessions and of two devices apart", async () => {
    await withCloud(async (cloud) => {
      const first = await connected(cloud, "left");
      const second = await connected(cloud, "right");
      await first.sendHistory(0, [beatAt(TEN)]);
      await second.sendHistory(0, [beatAt(TEN), beatAt(TEN + 1)]);
      await first.say("history", { v: 1, session: "later", sequence: 0, beats: [beatAt(TEN + 5)] }, { qos: 1 });
      await eventually(() => first.acks.length === 2 && second.acks.length === 1, "all acknowledged");

      expect((await cloud.device(first.id)).history.beats).toBe(2);
      expect((await cloud.device(second.id)).history.beats).toBe(2);
      await Promise.all([first.disconnect(), second.disconnect()]);
    });
  });

  it("of a device that has said nothing else can be asked for", async () => {
    await withCloud(async (cloud) => {
      const client = await connectAsync(cloud.mqttUrl, {
        username: "hall.silent",
        password: await cloud.passwordOf("hall.silent"),
      });
      const batch = { v: 1, session: "s", sequence: 0, beats: [beatAt(TEN)] };
      await client.publishAsync("tactus/v1/hall/silent/history", JSON.stringify(batch), { qos: 1 });
      const stored = async () => {
        const response = await fetch(`${cloud.url}/api/v1/devices/hall.silent`);
        return response.ok && ((await response.json()) as DeviceAnswer).history.beats === 1;
      };
      await eventually(stored, "the batch is stored and the device known");
      await client.endAsync();
    });
  });

  it("is still there after a restart, with the device's name", async () => {
    const dataDir = await newDataDir();
    const before = await startTestCloud(dataDir);
    const device = await connected(before);
    await device.sendHistory(0, [beatAt(TEN)]);
    await eventually(() => device.acks.length === 1, "acknowledged");
    await device.disconnect();
    await before.stop();

    const after = await startTestCloud(dataDir);
    const known = await after.device(device.id);

    expect(known.history.beats).toBe(1);
    expect(known.name).toBe("Test room");
    expect(known.state).toBe("offline");
    await after.stop();
    await rm(dataDir, { recursive: true });
  });
});
