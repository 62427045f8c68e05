import { rm } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import type { DeviceAnswer, HistoryAnswer } from "@tactus/cloud";
import type { Beat } from "@tactus/shared";
import { describe, expect, it } from "vitest";
import { CloudProcess } from "./cloud-process.js";
import { eventually, newDataDir } from "./cloud-under-test.js";
import { beatAt, SimulatedDevice } from "./simulated-device.js";

const TEN = Date.parse("2026-03-01T10:00:00Z");
const BATCHES = 400;
const BEATS_PER_BATCH = 20;

/** All beats of a batch lie in a second of their own, so that the history shows which batches are there, and whole. */
const batchOf = (sequence: number): Beat[] =>
  Array.from({ length: BEATS_PER_BATCH }, (_, index) => beatAt((TEN + sequence * 1000 + index * 40) * 1000));

async function storedBatches(url: string, id: string): Promise<Map<number, number>> {
  const range = `from=${TEN}&to=${TEN + BATCHES * 1000}&points=${BATCHES}`;
  const { points } = (await (await fetch(`${url}/api/v1/devices/${id}/history?${range}`)).json()) as HistoryAnswer;
  return new Map(points.map((point) => [(point.atUs / 1000 - TEN) / 1000, point.beats]));
}

describe("kill -9 of the cloud", () => {
  it("loses no batch it has acknowledged, and resending the rest stores each beat once", async () => {
    const dataDir = await newDataDir();
    const acked = new Set<number>();
    let id = "";
    for (let round = 0; round < 4; round++) {
      const cloud = await new CloudProcess(dataDir).start();
      const device = new SimulatedDevice({ cloud });
      Object.assign(device, { session: "one-session" });
      id = device.id;
      await device.connect();

      if (round > 0) {
        const stored = await storedBatches(cloud.url, id);
        expect([...acked].filter((sequence) => stored.get(sequence) !== BEATS_PER_BATCH)).toEqual([]);
        expect([...stored.values()].every((beats) => beats === BEATS_PER_BATCH)).toBe(true);
      }
      for (let sequence = 0; sequence < BATCHES; sequence++) {
        if (!acked.has(sequence)) device.sendHistory(sequence, batchOf(sequence)).catch(() => {});
      }
      const wanted = Math.min(BATCHES, acked.size + 40 + round * 60);
      await eventually(() => device.acks.length >= wanted - acked.size, "some acknowledgements");
      await sleep(round * 7);
      expect(await cloud.end("SIGKILL")).toBe(null);
      for (const ack of device.acks) acked.add(ack.sequence);
      await device.disconnect().catch(() => {});
    }
    expect(acked.size).toBeGreaterThan(40);
    await finish(dataDir, id, acked);
    await rm(dataDir, { recursive: true });
  });
});

/** Sends what is left, as a device does after a reconnect, and counts everything. */
async function finish(dataDir: string, id: string, acked: ReadonlySet<number>): Promise<void> {
  const cloud = await new CloudProcess(dataDir).start();
  const device = new SimulatedDevice({ cloud });
  Object.assign(device, { session: "one-session" });
  await device.connect();
  for (let sequence = 0; sequence < BATCHES; sequence++) await device.sendHistory(sequence, batchOf(sequence));
  await eventually(() => device.acks.length === BATCHES, "every batch acknowledged");

  const { history } = (await (await fetch(`${cloud.url}/api/v1/devices/${id}`)).json()) as DeviceAnswer;
  expect(history.beats).toBe(BATCHES * BEATS_PER_BATCH);
  expect((await storedBatches(cloud.url, id)).size).toBe(BATCHES);
  const metrics = await (await fetch(`${cloud.url}/metrics`)).text();
  const duplicates = Number(/outcome="duplicate"\} (\d+)/.exec(metrics)?.[1]);
  expect(duplicates).toBeGreaterThanOrEqual(acked.size);
  await device.disconnect();
  expect(await cloud.end("SIGTERM")).toBe(0);
}
