import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Beat, HistoryBatch } from "@tactus/shared";
import Database from "better-sqlite3";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openHistorySync } from "./history-file.js";
import { HistoryTables } from "./history-tables.js";
import { packBatch } from "./tail.js";

const SECOND = 1_000_000;
const DAY = 86_400 * SECOND;
const START = 20_000 * DAY;

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "tactus-tables-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

const file = () => join(folder, "history.db");
const open = (options = {}) => new HistoryTables(openHistorySync(file()), options);
const inMemory = () => new HistoryTables(openHistorySync(":memory:"));

const beat = (atUs: number, change: Partial<Beat> = {}): Beat => ({
  beatId: `b-${Math.round(atUs / 1000)}`,
  atUs,
  beatInBar: 1,
  beatsPerBar: 4,
  bar: 1,
  bpm: 120,
  confidence: 0.5,
  source: "tracker",
  ...change,
});

function append(
  tables: HistoryTables,
  batch: Partial<HistoryBatch> & { sequence: number },
  receivedAtUs = START + DAY,
) {
  const whole: HistoryBatch = { v: 1, session: "s", beats: [], ...batch };
  return tables.append([packBatch({ deviceId: "hall.box", receivedAtUs, batch: whole })])[0];
}

/** mulberry32 */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** What the curve must be, from the beats alone. */
function recomputed(
  beats: readonly Beat[],
  { fromUs, toUs, bucketUs }: { fromUs: number; toUs: number; bucketUs: number },
) {
  const buckets = new Map<number, Beat[]>();
  for (const one of beats) {
    if (one.atUs < fromUs || one.atUs >= toUs) continue;
    const at = Math.floor((one.atUs - fromUs) / bucketUs);
    buckets.set(at, [...(buckets.get(at) ?? []), one]);
  }
  const spread = (values: number[], steps: number) => ({
    min: Math.min(...values),
    mean: values.reduce((sum, value) => sum + Math.round(value * steps), 0) / values.length / steps,
    max: Math.max(...values),
  });
  return [...buckets]
    .sort(([a], [b]) => a - b)
    .map(([at, inside]) => ({
      atUs: fromUs + at * bucketUs,
      beats: inside.length,
      bpm: spread(
        inside.map(({ bpm }) => bpm),
        100,
      ),
      confidence: spread(
        inside.map(({ confidence }) => confidence),
        250,
      ),
    }));
}

interface SentBatch {
  batch: HistoryBatch;
  /** Its beats by the clock that the cloud knows in the end. */
  dated: Beat[];
}

/** Sessions of a box whose clock is right, wrong and measured, wrong and later measured, or set in the middle. */
function roomsLife(random: () => number): SentBatch[] {
  const sent: SentBatch[] = [];
  for (let session = 0; session < 4; session++) {
    const monotonicStart = Math.floor(random() * 1e9);
    const begunUs = START + Math.floor(random() * 4 * 3600) * SECOND;
    const wrongByUs = [0, -3 * DAY, 40 * SECOND, -400 * DAY][session] ?? 0;
    const setAt = session === 1 ? 0.5 : 2;
    let fallenUs = 0;
    const count = 5 + Math.floor(random() * 12);
    const beatsName = `h${session}`;
    let number = 0;
    for (let sequence = 0; sequence < count; sequence++) {
      const isSet = sequence / count >= setAt;
      const errorUs = isSet ? 0 : wrongByUs;
      const dated: Beat[] = [];
      for (let k = 1 + Math.floor(random() * 40); k > 0; k--) {
        fallenUs += 100 * Math.floor(3000 + random() * 4000 + (random() < 0.02 ? 900_000 : 0));
        const bpm = Math.round(10_000 + random() * 5000) / 100;
        const confidence = Math.round(random() * 250) / 250;
        dated.push(beat(begunUs + fallenUs, { bpm, confidence, beatId: `${beatsName}-${number++}` }));
      }
      const first = dated[0]?.atUs ?? 0;
      const knows = errorUs === 0 || sequence === count - 1 || random() < 0.1;
      const clock = {
        monotonicUs: monotonicStart + first - begunUs,
        offsetUs: knows ? -errorUs : 0,
        uncertaintyUs: knows ? 800 : 0,
        synchronised: errorUs === 0,
      };
      const beats = dated.map((one) => ({ ...one, atUs: one.atUs + errorUs }));
      sent.push({ batch: { v: 1, session: `s${session}`, sequence, beats, clock }, dated });
    }
  }
  return sent;
}

function shuffled<T>(items: readonly T[], random: () => number): T[] {
  return items
    .map((item) => ({ item, at: random() }))
    .sort((a, b) => a.at - b.at)
    .map(({ item }) => item);
}

const ZOOMS = [
  { fromUs: START, toUs: START + 600 * SECOND, points: 1500 },
  { fromUs: START, toUs: START + 3600 * SECOND, points: 400 },
  { fromUs: START, toUs: START + 9 * 3600 * SECOND, points: 300 },
  { fromUs: START - DAY, toUs: START + DAY, points: 60 },
  { fromUs: START - 500 * DAY, toUs: START + 500 * DAY, points: 300 },
];

describe("history tables", () => {
  it("give at every zoom what the beats add up to, however batches come, whatever the clocks do", () => {
    for (let seed = 1; seed <= 10; seed++) {
      const random = randomFrom(seed);
      const life = roomsLife(random);
      const order = [...shuffled(life, random), ...shuffled(life, random).slice(0, 10)];
      let tables = open();
      let nowUs = START + DAY;
      for (const { batch } of order) {
        const outcomes = tables.append([
          packBatch({ deviceId: "hall.box", receivedAtUs: nowUs, batch }),
          ...(random() < 0.1 ? [packBatch({ deviceId: "hall.box", receivedAtUs: nowUs, batch })] : []),
        ]);
        expect(outcomes.slice(1).every((outcome) => outcome === "duplicate")).toBe(true);
        nowUs += Math.floor(random() * 30 * SECOND);
        if (random() < 0.1) tables.tend(nowUs);
        if (random() < 0.03) tables.foldAll();
        if (random() < 0.05) {
          tables.close();
          tables = open();
        }
      }
      const beats = life.flatMap(({ dated }) => dated);
      for (const isFolded of [false, true]) {
        if (isFolded) tables.foldAll();
        for (const range of ZOOMS) {
          const curve = tables.history("hall.box", range);
          expect(curve.points, `seed ${seed}, ${range.points} points`).toEqual(recomputed(beats, curve));
          expect(curve.dates.provisional, `seed ${seed}`).toBe(false);
        }
        const stored = tables.beats("hall.box", { fromUs: 0, toUs: START + 900 * DAY, skip: 0, limit: 100_000 });
        const byDate = [...beats].sort((one, other) => one.atUs - other.atUs);
        expect(stored.beats.map(({ atUs }) => atUs)).toEqual(byDate.map(({ atUs }) => atUs));
        expect(new Set(stored.beats.map(({ beatId }) => beatId))).toEqual(new Set(beats.map(({ beatId }) => beatId)));
        expect(tables.extent("hall.box")).toEqual({
          beats: beats.length,
          firstUs: byDate[0]?.atUs,
          lastUs: byDate.at(-1)?.atUs,
        });
      }
      expect(tables.state().counts).toMatchObject({ foldsFailed: 0, appendsFailed: 0 });
      tables.close();
      for (const end of ["", "-wal", "-shm"]) rmSync(file() + end, { force: true });
    }
  });

  it("keep every field of every beat, and its stamp to the microsecond", () => {
    const tables = open();
    const full = beat(START + 123_456, {
      bpm: 127.93,
      beatInBar: 3,
      beatsPerBar: 7,
      bar: 812,
      source: "hand",
      beatId: "odd",
    });
    append(tables, { sequence: 0, beats: [full] });
    append(tables, { sequence: 1, beats: [beat(START + 700_001)] });
    tables.foldAll();
    tables.close();

    const { beats } = open().beats("hall.box", { fromUs: 0, toUs: START + DAY, skip: 0, limit: 10 });
    expect(beats[0]).toEqual({ ...full, session: "s", provisional: false, uncertaintyUs: 0 });
    expect(beats[1]?.atUs).toBe(START + 700_001);
  });

  it("say that dates are provisional until the session knows the time, and move nothing else then", () => {
    const tables = open();
    const clock = { monotonicUs: 5 * SECOND, offsetUs: 0, uncertaintyUs: 0, synchronised: false };
    append(tables, { sequence: 0, beats: [beat(START), beat(START + SECOND)], clock });
    tables.foldAll();
    const range = { fromUs: START, toUs: START + 600 * SECOND, points: 60 };
    const before = tables.history("hall.box", range);
    const data = () => new Database(file(), { readonly: true }).prepare("SELECT minute, data FROM chunks").all();
    const blobs = data();

    const later = { monotonicUs: 3600 * SECOND, offsetUs: 40, uncertaintyUs: 900, synchronised: true };
    append(tables, { sequence: 1, beats: [beat(START + 90 * DAY)], clock: later });

    expect(before.dates.provisional).toBe(true);
    expect(tables.history("hall.box", range).beats).toBe(0);
    const movedBy = 90 * DAY - 3595 * SECOND;
    const { beats } = tables.beats("hall.box", { fromUs: 0, toUs: START + 100 * DAY, skip: 0, limit: 10 });
    expect(beats.map(({ atUs }) => atUs)).toEqual([START + movedBy, START + SECOND + movedBy, START + 90 * DAY]);
    expect(beats[0]).toMatchObject({ provisional: false, uncertaintyUs: 50_900 });
    expect(data()).toEqual(blobs);
    expect(tables.history("hall.box", { ...range, toUs: START + 200 * DAY }).dates.provisional).toBe(false);
    tables.close();
  });

  it("roll nothing up twice when a batch comes twice", () => {
    const tables = inMemory();

    expect(append(tables, { sequence: 0, beats: [beat(START)] })).toBe("stored");
    expect(append(tables, { sequence: 0, beats: [beat(START)] })).toBe("duplicate");
    tables.foldAll();
    expect(append(tables, { sequence: 0, beats: [beat(START)] })).toBe("duplicate");
    expect(tables.history("hall.box", { fromUs: START, toUs: START + DAY, points: 24 }).beats).toBe(1);
  });

  it("take all batches of a group or none", () => {
    const tables = inMemory();
    const packed = packBatch({
      deviceId: "hall.box",
      receivedAtUs: START,
      batch: { v: 1, session: "s", sequence: 0, beats: [beat(START)] },
    });
    const broken = { ...packed, sequence: 1, payload: undefined as unknown as Uint8Array };

    expect(() => tables.append([packed, broken])).toThrow();
    expect(tables.extent("hall.box").beats).toBe(0);
    expect(tables.append([packed])).toEqual(["stored"]);
  });

  it("give an empty curve for a device that was never seen", () => {
    expect(inMemory().history("no.body", { fromUs: 0, toUs: DAY, points: 10 })).toMatchObject({ beats: 0, points: [] });
    expect(inMemory().beats("no.body", { fromUs: 0, toUs: DAY, skip: 0, limit: 5 })).toEqual({
      beats: [],
      hasMore: false,
    });
  });

  it("refuse a file that a newer Tactus has written", () => {
    open().close();
    const db = new Database(file());
    db.pragma("user_version = 999");
    db.close();

    expect(() => open()).toThrow("update Tactus");
  });

  it("count a batch once in the ledger, under the day that the box says, before and after it is folded", () => {
    const tables = inMemory();
    const ledger = { day: 19_999, produced: 5, lost: 1, unaccounted: 2 };
    const first = { sequence: 0, beats: [beat(START), beat(START + SECOND)], ledger };
    const later = { ...first, sequence: 2, late: true, ledger: { ...ledger, produced: 9, lost: 0, unaccounted: 0 } };
    const between = { ...first, sequence: 1, beats: [], ledger: { ...ledger, produced: 7, lost: 2, unaccounted: 0 } };

    for (const batch of [first, first, later, between, later]) append(tables, batch);

    for (let time = 0; time < 2; time++) {
      expect(tables.ledger("hall.box", { fromDay: 0, toDay: 30_000 })).toEqual([
        { day: 19_999, produced: 9, received: 4, recovered: 2, lost: 3, unaccounted: 2 },
      ]);
      tables.foldAll();
    }
    expect(tables.ledger("hall.other", { fromDay: 0, toDay: 30_000 })).toEqual([]);
  });

  it("page through the beats of a range", () => {
    const tables = inMemory();
    for (let sequence = 0; sequence < 20; sequence++) {
      append(tables, {
        sequence,
        beats: Array.from({ length: 20 }, (_, k) => beat(START + (sequence * 20 + k) * SECOND)),
      });
    }
    const all: number[] = [];
    for (let skip = 0; ; skip += 37) {
      const page = tables.beats("hall.box", { fromUs: START, toUs: START + 390 * SECOND, skip, limit: 37 });
      all.push(...page.beats.map(({ atUs }) => atUs));
      if (!page.hasMore) break;
    }
    expect(all).toEqual(Array.from({ length: 390 }, (_, k) => START + k * SECOND));
  });
});
