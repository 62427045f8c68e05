import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Beat } from "@tactus/shared";
import Database from "better-sqlite3";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { MIGRATIONS, migrateSync } from "./migrations/migrate.js";
import { SqliteTables } from "./sqlite-tables.js";
import type { DeviceBatch } from "./store.js";

const SECOND = 1_000_000;
const DAY = 86_400 * SECOND;
const START = 20_000 * DAY;

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "tactus-tables-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

const file = () => join(folder, "cloud.db");
const beat = (atUs: number, bpm = 120): Beat => ({
  beatId: `b${atUs}`,
  atUs,
  beatInBar: 1,
  beatsPerBar: 4,
  bar: 1,
  bpm,
  confidence: 0.5,
  source: "tracker",
});
const batch = (sequence: number, beats: Beat[], deviceId = "hall.box"): DeviceBatch => ({
  deviceId,
  receivedAtUs: START,
  batch: { v: 1, session: "s", sequence, beats },
});

describe("SQLite tables", () => {
  it("put late and out-of-order batches into the same curve as batches in order", () => {
    const beats = Array.from({ length: 300 }, (_, index) => beat(START + index * 7 * SECOND, 100 + (index % 40)));
    const pieces = Array.from({ length: 30 }, (_, index) => batch(index, beats.slice(index * 10, index * 10 + 10)));
    const inOrder = new SqliteTables(":memory:");
    const shuffled = new SqliteTables(":memory:");
    for (const piece of pieces) inOrder.append([piece]);
    shuffled.append([...pieces].sort((a, b) => ((a.batch.sequence * 7) % 30) - ((b.batch.sequence * 7) % 30)));

    for (const points of [4, 60, 500]) {
      const range = { fromUs: START, toUs: START + 2100 * SECOND, points };
      expect(shuffled.history("hall.box", range)).toEqual(inOrder.history("hall.box", range));
    }
  });

  it("roll nothing up twice when a batch comes twice", () => {
    const tables = new SqliteTables(":memory:");

    expect(tables.append([batch(0, [beat(START)]), batch(0, [beat(START)])])).toEqual(["stored", "duplicate"]);
    expect(tables.append([batch(0, [beat(START)])])).toEqual(["duplicate"]);
    const day = tables.history("hall.box", { fromUs: START, toUs: START + DAY, points: 24 });
    expect(day.beats).toBe(1);
  });

  it("take all batches of a group or none", () => {
    const tables = new SqliteTables(":memory:");
    const broken = { ...beat(START), bpm: Number.NaN };

    expect(() => tables.append([batch(0, [beat(START)]), batch(1, [broken])])).toThrow();
    expect(tables.extent("hall.box").beats).toBe(0);
    expect(tables.append([batch(0, [beat(START)])])).toEqual(["stored"]);
  });

  it("keep every field of every beat", () => {
    const tables = new SqliteTables(file());
    const full: Beat = { ...beat(START + 123_456, 127.93), beatInBar: 3, beatsPerBar: 7, bar: 812, source: "hand" };
    tables.append([batch(0, [full])]);
    tables.close();

    const row = new Database(file(), { readonly: true }).prepare("SELECT * FROM beats").get();
    expect(row).toMatchObject({
      at_us: START + 123_456,
      beat_id: full.beatId,
      beat_in_bar: 3,
      beats_per_bar: 7,
      bar: 812,
      bpm: 127.93,
      confidence: 0.5,
      source: "hand",
    });
  });

  it("give an empty curve for a device that was never seen", () => {
    const curve = new SqliteTables(":memory:").history("no.body", { fromUs: 0, toUs: DAY, points: 10 });

    expect(curve).toMatchObject({ beats: 0, points: [] });
  });

  it("refuse a file that a newer Tactus has written", () => {
    new SqliteTables(file()).close();
    const db = new Database(file());
    db.pragma("user_version = 999");
    db.close();

    expect(() => new SqliteTables(file())).toThrow("update Tactus");
  });

  it("count a batch once in the ledger, under the day that the box says", () => {
    const tables = new SqliteTables(":memory:");
    const ledger = { day: 19_999, produced: 5, lost: 1, unaccounted: 2 };
    const told = { deviceId: "hall.box", receivedAtUs: START };
    const first = { v: 1 as const, session: "s", sequence: 0, beats: [beat(START), beat(START + SECOND)], ledger };
    const later = { ...first, sequence: 2, late: true, ledger: { ...ledger, produced: 9, lost: 0, unaccounted: 0 } };
    const between = { ...first, sequence: 1, beats: [], ledger: { ...ledger, produced: 7, lost: 2, unaccounted: 0 } };

    for (const batch of [first, first, later, between, later]) tables.append([{ ...told, batch }]);

    expect(tables.ledger("hall.box", { fromDay: 0, toDay: 30_000 })).toEqual([
      { day: 19_999, produced: 9, received: 4, recovered: 2, lost: 3, unaccounted: 2 },
    ]);
    expect(tables.ledger("hall.other", { fromDay: 0, toDay: 30_000 })).toEqual([]);
  });

  it("give a ledger to beats that were there before there was one", () => {
    const old = new Database(file());
    migrateSync(old, MIGRATIONS.slice(0, 1));
    old.exec(`INSERT INTO devices VALUES (1, 'hall.box', '', '', '', 0, 0);
      INSERT INTO batches VALUES (1, 1, 's', 0, 0, 2), (2, 1, 't', 0, 0, 1);
      INSERT INTO beats SELECT 1, ${START} + value, CASE WHEN value < 2 THEN 1 ELSE 2 END, value, 'b', 1, 4, 1, 120.0, 0.5,
        'tracker' FROM json_each('[0, 1, ${DAY}]');`);
    old.close();

    const ledger = new SqliteTables(file()).ledger("hall.box", { fromDay: 0, toDay: 30_000 });

    const whole = { recovered: 0, lost: 0, unaccounted: 0 };
    expect(ledger).toEqual([
      { day: 20_001, produced: 1, received: 1, ...whole },
      { day: 20_000, produced: 2, received: 2, ...whole },
    ]);
  });
});
