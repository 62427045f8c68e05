import type { LedgerAnswer, Problem } from "@tactus/cloud";
import { type Beat, encodeHistory, type HistoryBatch } from "@tactus/shared";
import { describe, expect, it } from "vitest";
import { type CloudUnderTest, eventually, withCloud } from "./cloud-under-test.js";
import { beatAt, SimulatedDevice } from "./simulated-device.js";

const TEN = Date.parse("2026-03-01T10:00:00Z") * 1000;
const DAY = Date.parse("2026-03-01") / 86_400_000;
const SECOND = 1_000_000;

const beats = (from: number, count: number): Beat[] =>
  Array.from({ length: count }, (_, index) => beatAt(TEN + (from + index) * SECOND, { beatId: `h-${from + index}` }));

async function connected(cloud: CloudUnderTest) {
  const device = new SimulatedDevice({ cloud });
  await device.connect();
  const send = (batch: Omit<HistoryBatch, "v" | "session">) =>
    device.client.publishAsync(
      `tactus/v1/${device.at.venue}/${device.at.device}/history`,
      Buffer.from(encodeHistory({ v: 1, session: device.session, ...batch })),
      { qos: 1 },
    );
  return { device, send, acks: (count: number) => eventually(() => device.acks.length === count, `${count} answers`) };
}

const ledgerOf = (cloud: CloudUnderTest, id: string, query = "") =>
  cloud.get<LedgerAnswer>(`/api/v1/devices/${id}/ledger${query}`);

describe("ledger", () => {
  it("says of every beat what became of it, however often and in whatever order batches come", async () => {
    await withCloud(async (cloud) => {
      const { device, send, acks } = await connected(cloud);
      const ledger = { day: DAY, produced: 10, lost: 0, unaccounted: 0 };

      await send({ sequence: 2, beats: beats(15, 5), late: true, ledger: { ...ledger, produced: 23, unaccounted: 3 } });
      await send({ sequence: 0, beats: beats(0, 10), ledger });
      await acks(2);
      const before = await ledgerOf(cloud, device.id);
      await send({ sequence: 1, beats: [], late: true, ledger: { ...ledger, produced: 15, lost: 5 } });
      await send({ sequence: 0, beats: beats(0, 10), late: true, ledger });
      await acks(4);

      const line = { produced: 23, received: 15, recovered: 5, unaccounted: 3 };
      expect(before.total).toEqual({ ...line, lost: 0, waiting: 5 });
      expect(await ledgerOf(cloud, device.id)).toEqual({
        device: device.id,
        days: [{ day: "2026-03-01", ...line, lost: 5, waiting: 0 }],
        total: { ...line, lost: 5, waiting: 0 },
      });
      expect((await cloud.device(device.id)).history.beats).toBe(15);
      await device.disconnect();
    });
  });

  it("is asked for by days, and says what is wrong with a question", async () => {
    await withCloud(async (cloud) => {
      const { device, send, acks } = await connected(cloud);
      await send({ sequence: 0, beats: beats(0, 2) });
      await acks(1);

      expect((await ledgerOf(cloud, device.id, "?from=2026-03-01&to=2026-03-01")).total.received).toBe(2);
      expect((await ledgerOf(cloud, device.id, "?from=2026-03-02")).days).toEqual([]);
      for (const query of ["?from=yesterday", "?from=2026-13-01", "?from=2026-03-02&to=2026-03-01"]) {
        const response = await fetch(`${cloud.url}/api/v1/devices/${device.id}/ledger${query}`);
        expect([response.status, ((await response.json()) as Problem).field]).toEqual([400, "from"]);
      }
      await device.disconnect();
    });
  });

  it("refuses for good what can never be stored, names the reason, and loses nothing else", async () => {
    await withCloud(async (cloud) => {
      const { device, send, acks } = await connected(cloud);
      const topic = `tactus/v1/${device.at.venue}/${device.at.device}/history`;
      const whole = encodeHistory({ v: 1, session: device.session, sequence: 1, beats: beats(0, 3) });

      await device.client.publishAsync(topic, Buffer.from(whole.subarray(0, -1)), { qos: 1 });
      await send({ sequence: 2, beats: [beatAt((Date.now() + 3 * 86_400_000) * 1000)] });
      await device.client.publishAsync(topic, Buffer.from([2, 255, 1, 2, 3]), { qos: 1 });
      await device.client.publishAsync(topic, "{}", { qos: 1 });
      await send({ sequence: 3, beats: beats(0, 3) });
      await acks(3);

      const answers = new Map(device.acks.map(({ sequence, refused }) => [sequence, refused]));
      expect(answers.get(1)).toMatch(/^history: confidence ends too soon/);
      expect(answers.get(2)).toMatch(/have not fallen yet$/);
      expect(answers.get(3)).toBe(undefined);
      expect((await ledgerOf(cloud, device.id)).total).toMatchObject({ produced: 3, received: 3, waiting: 0 });
      const metrics = await (await fetch(`${cloud.url}/metrics`)).text();
      expect(metrics).toContain('tactus_history_batches_total{outcome="refused"} 2');
      expect(metrics).toContain("tactus_messages_rejected_total 3");
      await device.disconnect();
    });
  });
});
