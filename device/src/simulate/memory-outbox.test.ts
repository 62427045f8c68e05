import { decodeHistory } from "@tactus/shared";
import { expect, test } from "vitest";
import { MemoryOutbox } from "./memory-outbox.js";

const CLOCK = { offsetUs: 0, uncertaintyUs: 0, synchronised: true };
const NOON = Date.parse("2026-03-01T12:00:00Z") * 1000;

function fill(outbox: MemoryOutbox, from: number, count: number): void {
  for (let k = from; k < from + count; k++) {
    const place = { beatInBar: (k % 4) + 1, beatsPerBar: 4, bar: Math.floor(k / 4) + 1 };
    const beat = { beatId: `s-${k}`, atUs: NOON + k * 500_000, ...place, bpm: 120, confidence: 0.9 };
    outbox.add({ ...beat, source: "tracker" }, k * 500_000);
  }
}

const batchesOf = (packed: Uint8Array[]) => packed.map((one) => decodeHistory(one));

test("every beat is acknowledged, waits, or is counted as missing", () => {
  const outbox = new MemoryOutbox({ session: "s1" });
  outbox.linkUp(0);
  fill(outbox, 0, 8);
  outbox.commit(CLOCK, 0, true);
  outbox.commit(CLOCK, 4, true);
  const [first] = batchesOf(outbox.takeDue(4));
  expect(first).toMatchObject({ session: "s1", sequence: 0, ledger: { produced: 8 } });

  expect(outbox.acknowledge({ v: 1, session: "s1", sequence: 0 }, 4.2)).toBeCloseTo(0.2);
  fill(outbox, 8, 4);
  outbox.commit(CLOCK, 5, true);
  fill(outbox, 12, 3);
  outbox.restart("s2", 6);

  expect(outbox.account).toEqual({ produced: 15, acknowledged: 8, refused: 0, unaccounted: 3, waiting: 4 });
  outbox.linkUp(7);
  const late = batchesOf(outbox.takeDue(9));
  expect(late).toMatchObject([
    { session: "s1", sequence: 1, late: true, beats: [{}, {}, {}, {}] },
    { session: "s2", sequence: 0, late: true, beats: [], ledger: { unaccounted: 3 } },
  ]);
});

test("what was not acknowledged is sent again, and an answer for what is not known changes nothing", () => {
  const outbox = new MemoryOutbox({ session: "s1" });
  fill(outbox, 0, 2);
  outbox.commit(CLOCK, 0, false);
  outbox.linkUp(1);

  expect(outbox.takeDue(2)).toHaveLength(1);
  expect(outbox.takeDue(3)).toHaveLength(0);
  expect(outbox.takeDue(30)).toHaveLength(1);
  expect(outbox.acknowledge({ v: 1, session: "other", sequence: 0 }, 30)).toBeUndefined();
  outbox.acknowledge({ v: 1, session: "s1", sequence: 0, refused: "too old" }, 30);
  expect(outbox.account).toMatchObject({ refused: 2, waiting: 0 });
});
