import { decodeHistory, encodeHistory } from "@tactus/shared";
import { expect, test } from "vitest";
import { HistoryLanes } from "./history-lanes.js";
import type { StoredBatch } from "./outbox.js";

const ledger = { day: 1, produced: 1, lost: 1, unaccounted: 0 };
const batch = (id: number): StoredBatch => ({
  id,
  session: "s",
  sequence: id,
  payload: encodeHistory({ v: 1, session: "s", sequence: id, beats: [], ledger }),
});

/** An outbox with `count` batches, and lanes whose link is up since batch `liveFrom`. */
function lanesOn({ count, liveFrom }: { count: number; liveFrom: number }) {
  const stored = new Map(Array.from({ length: count }, (_, k) => [k + 1, batch(k + 1)]));
  const lanes = new HistoryLanes({
    read: ({ after, before, limit }) =>
      [...stored.values()].filter(({ id }) => id > after && id < before).slice(0, limit),
  });
  lanes.linkUp(liveFrom, 0);
  const take = (now: number) =>
    lanes.takeDue(now).map((packed) => {
      const { sequence, late } = decodeHistory(packed);
      return late ? -sequence : sequence;
    });
  const acknowledge = (...sequences: number[]) => {
    for (const sequence of sequences) {
      stored.delete(sequence);
      lanes.acknowledged({ session: "s", sequence });
    }
  };
  return { stored, lanes, take, acknowledge };
}

test("new batches go first and at once, those of the outage after them and marked as late", () => {
  const { take } = lanesOn({ count: 12, liveFrom: 10 });

  expect(take(1)).toEqual([10, 11, 12, -1, -2, -3, -4, -5]);
});

test("the rate that the cloud grants holds late batches back, never new ones", () => {
  const { lanes, take, acknowledge, stored } = lanesOn({ count: 100, liveFrom: 1000 });
  lanes.grant(2);

  expect(take(1)).toEqual([-1, -2]);
  acknowledge(1, 2);
  expect(take(1.2)).toEqual([]);
  stored.set(1000, batch(1000));
  expect(take(1.5)).toEqual([1000, -3]);
});

test("no more late batches are on their way than the window allows", () => {
  const { lanes, take, acknowledge } = lanesOn({ count: 100, liveFrom: 1000 });
  lanes.grant(1000);

  expect(take(1)).toHaveLength(8);
  expect(take(2)).toEqual([]);
  acknowledge(1, 2, 3);
  expect(take(3)).toEqual([-9, -10, -11]);
});

test("a batch that is not acknowledged is sent again, as a late one", () => {
  const { take, acknowledge } = lanesOn({ count: 2, liveFrom: 1 });
  expect(take(1)).toEqual([1, 2]);
  acknowledge(1);

  expect(take(20)).toEqual([]);
  expect(take(21)).toEqual([-2]);
});

test("with a new link everything that was not acknowledged is late", () => {
  const { lanes, take, acknowledge } = lanesOn({ count: 3, liveFrom: 1 });
  take(1);
  acknowledge(2);

  lanes.linkUp(4, 5);

  expect(take(6)).toEqual([-1, -3]);
});

test("a batch that has become another one is sent again at once", () => {
  const { lanes, take } = lanesOn({ count: 1, liveFrom: 1 });
  take(1);

  lanes.changed({ session: "s", sequence: 1 });

  expect(take(2)).toEqual([-1]);
});
