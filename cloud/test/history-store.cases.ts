/** What every implementation of the history must do. Each case has a device of its own: a shared server may keep what others wrote. */
import type { HistoryBatch } from "@tactus/shared";
import { describe, expect, it } from "vitest";
import type { HistoryStore } from "../src/store/store.js";
import { beatAt } from "./simulated-device.js";

const SECOND = 1_000_000;
const START = Date.parse("2026-03-01T10:00:00Z") * 1000;
const DAY = START / 86_400_000_000;

let devices = 0;
const newDevice = () => `hall${process.pid}.box${Date.now()}x${devices++}`;
const beats = (from: number, count: number, firstUs = START) =>
  Array.from({ length: count }, (_, k) =>
    beatAt(firstUs + (from + k) * SECOND, { beatId: `h-${from + k}`, bpm: 120 + (k % 3), confidence: 0.8 }),
  );

export function historyStoreCases(name: string, open: () => Promise<HistoryStore>): void {
  const withStore = (work: (store: HistoryStore, add: Add, device: string) => Promise<void>) => async () => {
    const store = await open();
    const device = newDevice();
    const add: Add = (...batches) =>
      store.append(
        batches.map((batch) => ({
          deviceId: device,
          receivedAtUs: START,
          batch: { v: 1, session: "s", beats: [], ...batch },
        })),
      );
    try {
      await work(store, add, device);
    } finally {
      await store.close();
    }
  };

  describe(`history in ${name}`, () => {
    it(
      "stores each batch once, in whatever order they come",
      withStore(async (store, add, device) => {
        const first = { sequence: 0, beats: beats(0, 100) };
        const second = { sequence: 1, beats: beats(100, 100) };

        expect(await add(second, first, second)).toEqual(["stored", "stored", "duplicate"]);
        expect(await add(first)).toEqual(["duplicate"]);
        expect(await store.extent(device)).toEqual({ beats: 200, firstUs: START, lastUs: START + 199 * SECOND });
      }),
    );

    it(
      "adds up to the same at every zoom",
      withStore(async (store, add, device) => {
        await add({ sequence: 0, beats: beats(0, 300) }, { sequence: 1, beats: beats(300, 300) });

        for (const points of [1, 7, 60, 600]) {
          const curve = await store.history(device, { fromUs: START, toUs: START + 600 * SECOND, points });
          expect([curve.beats, curve.points.length <= points]).toEqual([600, true]);
          expect(curve.points[0]?.atUs).toBe(curve.fromUs);
        }
        const ten = await store.history(device, { fromUs: START, toUs: START + 600 * SECOND, points: 60 });
        expect(ten.points[0]).toMatchObject({ beats: 10, bpm: { min: 120, max: 122 } });
        expect(ten.points[0]?.bpm.mean).toBeCloseTo(120.9);
        expect(ten.points[0]?.confidence.mean).toBeCloseTo(0.8);
      }),
    );

    it(
      "gives the beats back as they were, page by page",
      withStore(async (store, add, device) => {
        const all = beats(0, 25);
        await add({ sequence: 0, beats: all });
        const page = (skip: number) =>
          store.beats(device, { fromUs: START, toUs: START + 3600 * SECOND, skip, limit: 20 });
        const [first, second] = [await page(0), await page(20)];

        expect([first.hasMore, second.hasMore]).toEqual([true, false]);
        const trust = { session: "s", provisional: false, uncertaintyUs: 0 };
        expect([...first.beats, ...second.beats]).toEqual(all.map((beat) => ({ ...beat, ...trust })));
      }),
    );

    it(
      "keeps the ledger",
      withStore(async (store, add, device) => {
        const day = Math.floor(DAY);
        await add({
          sequence: 1,
          late: true,
          beats: beats(0, 5),
          ledger: { day, produced: 12, lost: 0, unaccounted: 4 },
        });
        await add({ sequence: 0, ledger: { day, produced: 3, lost: 3, unaccounted: 0 } });

        expect(await store.ledger(device, { fromDay: day, toDay: day })).toEqual([
          { day, produced: 12, received: 5, recovered: 5, lost: 3, unaccounted: 4 },
        ]);
      }),
    );

    it(
      "dates the beats of a box without a clock anew when it knows the time",
      withStore(async (store, add, device) => {
        const clock = { monotonicUs: 10 * SECOND, offsetUs: 0, uncertaintyUs: 0, synchronised: false };
        const wrongUs = START - 90 * 86_400 * SECOND;
        await add({ sequence: 0, beats: beats(0, 3, wrongUs), clock });
        const query = { fromUs: wrongUs - SECOND, toUs: START + 7200 * SECOND, skip: 0, limit: 10 };
        const before = await store.beats(device, query);
        await add({
          ...{ sequence: 1, beats: beats(3, 1, START + 3600 * SECOND) },
          clock: { monotonicUs: 3613 * SECOND, offsetUs: 5, uncertaintyUs: 700, synchronised: true },
        });
        const after = await store.beats(device, query);

        expect(before.beats.map(({ provisional }) => provisional)).toEqual([true, true, true]);
        expect(after.beats.map(({ atUs }) => (atUs - START) / SECOND)).toEqual([0, 1, 2, 3603]);
        expect(after.beats.every(({ provisional }) => !provisional)).toBe(true);
      }),
    );

    it(
      "gives nothing for a device that was never seen",
      withStore(async (store, _add, device) => {
        expect((await store.history(device, { fromUs: START, toUs: START + SECOND, points: 10 })).points).toEqual([]);
        expect(await store.extent(device)).toEqual({ beats: 0, firstUs: 0, lastUs: 0 });
        expect(await store.ledger(device, { fromDay: 0, toDay: 99_999 })).toEqual([]);
      }),
    );
  });
}

type Add = (...batches: (Partial<HistoryBatch> & { sequence: number })[]) => ReturnType<HistoryStore["append"]>;
