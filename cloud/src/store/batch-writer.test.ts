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
