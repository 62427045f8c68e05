import { describe, expect, it } from "vitest";
import { BatchWriter } from "./batch-writer.js";
import type { AppendOutcome, DeviceBatch } from "./store.js";

const batch = (sequence: number): DeviceBatch => ({
  deviceId: "hall.box",
  receivedAtUs: 1,
  batch: { v: 1, session: "s", sequence, beats: [] },
});

/** A store whose transactions end when the test says so. */
function slowStore() {
  const groups: number[] = [];
  const ends: ((error?: Error) => void)[] = [];
  const append = (batches: DeviceBatch[]) =>
    new Promise<AppendOutcome[]>((resolve, reject) => {
      groups.push(batches.length);
      ends.push((error) => (error ? reject(error) : resolve(batches.map(() => "stored"))));
    });
  return { groups, ends, append };
}

describe("batch writer", () => {
  it("collects what comes during a transaction into the next one", async () => {
    const store = slowStore();
    const writer = new BatchWriter({ store });
    const written = [writer.write(batch(0)), writer.write(batch(1)), writer.write(batch(2))];
    store.ends[0]?.();
    await written[0];
    store.ends[1]?.();

    expect(await Promise.all(written)).toEqual(["stored", "stored", "stored"]);
    expect(store.groups).toEqual([1, 2]);
  });

  it("refuses more than it may hold, and takes again afterwards", async () => {
    const store = slowStore();
    const writer = new BatchWriter({ store, maxPending: 2 });
    const taken = [writer.write(batch(0)), writer.write(batch(1)), writer.write(batch(2))];

    await expect(writer.write(batch(3))).rejects.toThrow("2 history batches are waiting");
    store.ends[0]?.();
    await taken[0];
    store.ends[1]?.();
    await Promise.all(taken);
    const later = writer.write(batch(4));
    store.ends[2]?.();
    expect(await later).toBe("stored");
  });

  it("writes what was made just now before what is late, and one of each device in turn", async () => {
    const names: string[] = [];
    let end = () => {};
    const append = (batches: DeviceBatch[]) => {
      names.push(
        batches.map(({ deviceId, batch }) => `${deviceId}${batch.late ? " late" : ""} ${batch.sequence}`).join(", "),
      );
      return new Promise<AppendOutcome[]>((resolve) => {
        end = () => resolve(batches.map(() => "stored"));
      });
    };
    const writer = new BatchWriter({ store: { append }, maxGroup: 4 });
    const one = (deviceId: string, sequence: number, late: boolean) =>
      writer.write({ deviceId, receivedAtUs: 1, batch: { v: 1, session: "s", sequence, beats: [], late } });
    const all = [one("x", 0, false)];
    for (let sequence = 0; sequence < 3; sequence++) all.push(one("a", sequence, true));
    all.push(one("b", 0, true), one("c", 0, false), one("c", 1, false), one("d", 0, false), one("c", 2, false));
    for (let group = 0; group < 4; group++) {
      end();
      await new Promise((resolve) => setTimeout(resolve));
    }
    await Promise.all(all);

    expect(names).toEqual(["x 0", "c 0, d 0, c 1, a late 0", "c 2, b late 0, a late 1, a late 2"]);
  });

  it("tells every batch of a failed transaction, and goes on", async () => {
    const store = slowStore();
    const writer = new BatchWriter({ store });
    const first = writer.write(batch(0));
    store.ends[0]?.(new Error("disk full"));
    await expect(first).rejects.toThrow("disk full");
    const second = writer.write(batch(0));
    store.ends[1]?.();

    expect(await second).toBe("stored");
    await writer.drained();
  });
});
