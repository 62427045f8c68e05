import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { decodeHistory } from "@tactus/shared";
import type { Database } from "better-sqlite3";
import { pino } from "pino";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { FallenBeat } from "./history-collector.js";
import { Outbox, type OutboxOptions } from "./outbox.js";
import { beginAnewSync, openOutboxFileSync } from "./outbox-file.js";

const log = pino({ level: "silent" });
const CLOCK = { offsetUs: 0, uncertaintyUs: 0, synchronised: true };
const NOON = Date.parse("2026-03-01T12:00:00Z") * 1000;
const ALL = { after: 0, before: Number.MAX_SAFE_INTEGER, limit: 10_000 };

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "tactus-outbox-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

const file = () => join(folder, "outbox.db");
const open = (damage?: Error) => (damage ? beginAnewSync(file(), log, damage) : openOutboxFileSync(file(), log));

function outboxOf(options: Partial<OutboxOptions> = {}): Outbox {
  const outbox = new Outbox({ session: "s", open, maxBytes: 2 ** 24, log, ...options });
  outbox.startSync();
  return outbox;
}

const beats = (from: number, count: number, startUs = NOON): FallenBeat[] =>
  Array.from({ length: count }, (_, k) => ({
    beat: {
      beatId: `h-${from + k}`,
      atUs: startUs + (from + k) * 500_000,
      beatInBar: ((from + k) % 4) + 1,
      beatsPerBar: 4,
      bar: Math.floor((from + k) / 4) + 1,
      bpm: 120,
      confidence: 0.5,
      source: "tracker" as const,
    },
    monotonicUs: (from + k) * 500_000,
  }));

const batchesOf = (outbox: Outbox) => outbox.readSync(ALL).map(({ payload }) => decodeHistory(payload));
const idsOf = (outbox: Outbox) => batchesOf(outbox).flatMap((batch) => batch.beats.map(({ beatId }) => beatId));

test("beats are there for the next process, each once, although this one never stopped", () => {
  const killed = outboxOf();
  killed.add(beats(0, 3), CLOCK, 0);
  killed.commitSync([{ name: "h", number: 2 }]);
  killed.add(beats(3, 2), CLOCK, 1);
  killed.commitSync([{ name: "h", number: 4 }]);
  killed.add(beats(5, 2), CLOCK, 2);

  const next = new Outbox({ session: "t", open, maxBytes: 2 ** 24, log });
  expect(next.startSync()).toEqual([{ name: "h", number: 4 }]);
  expect(batchesOf(next)).toMatchObject([
    { session: "s", sequence: 0, ledger: { day: 20_513, produced: 5, lost: 0, unaccounted: 0 } },
  ]);
  expect(idsOf(next)).toEqual(["h-0", "h-1", "h-2", "h-3", "h-4"]);
});

test("a batch that still grows is not given out", () => {
  const outbox = outboxOf();
  outbox.add(beats(0, 3), CLOCK, 0);
  outbox.commitSync(undefined);
  expect(batchesOf(outbox)).toEqual([]);

  outbox.drafts.seal();
  expect(batchesOf(outbox)).toEqual([]);
  outbox.commitSync(undefined);

  expect(idsOf(outbox)).toEqual(["h-0", "h-1", "h-2"]);
});

test("a batch ends with its day, and when the clock is set", () => {
  const outbox = outboxOf();
  const midnight = Date.parse("2026-03-02T00:00:00Z") * 1000;

  outbox.add(beats(0, 4, midnight - 1_000_000), CLOCK, 0);
  outbox.add(beats(4, 2, midnight + 3_600_000_000), CLOCK, 0);
  outbox.drafts.seal();
  outbox.commitSync(undefined);

  const known = batchesOf(outbox).map((batch) => [batch.beats.length, batch.ledger?.day, batch.ledger?.produced]);
  expect(known).toEqual([
    [2, 20_513, 2],
    [2, 20_514, 2],
    [2, 20_514, 4],
  ]);
  expect(batchesOf(outbox).map(({ clock }) => clock?.monotonicUs)).toEqual([0, 1_000_000, 2_000_000]);
});

test("what the cloud has is forgotten, what it will never take becomes a number", () => {
  const outbox = outboxOf();
  for (let k = 0; k < 3; k++) {
    outbox.add(beats(k, 1), CLOCK, k);
    outbox.drafts.seal();
  }
  outbox.commitSync(undefined);

  outbox.acknowledge("s", 0);
  outbox.acknowledge("other", 2);
  outbox.refuse("s", 1);
  outbox.commitSync(undefined);

  expect(batchesOf(outbox)).toMatchObject([
    { sequence: 1, beats: [], ledger: { produced: 2, lost: 1 } },
    { sequence: 2, beats: [{ beatId: "h-2" }] },
  ]);
  outbox.refuse("s", 1);
  outbox.commitSync(undefined);
  expect(batchesOf(outbox).map(({ sequence }) => sequence)).toEqual([2]);
});

test("beats that were missed are counted in the batch of their day", () => {
  const outbox = outboxOf();
  outbox.miss([{ count: 4, atUs: NOON }], 0);
  outbox.add(beats(0, 2), CLOCK, 0);
  outbox.drafts.seal();
  outbox.commitSync(undefined);

  expect(batchesOf(outbox)).toMatchObject([{ beats: [{}, {}], ledger: { produced: 6, unaccounted: 4 } }]);
});

test("the file stays within its bound: the oldest beats go, and are counted", () => {
  const maxBytes = 256 * 1024;
  const outbox = outboxOf({ maxBytes });
  const COUNT = 100_000;
  for (let from = 0; from < COUNT; from += 250) {
    outbox.add(beats(from, 250), CLOCK, from);
    outbox.drafts.seal();
    outbox.commitSync(undefined);
  }

  const batches = batchesOf(outbox);
  const kept = batches.reduce((sum, batch) => sum + batch.beats.length, 0);
  const lost = batches.reduce((sum, { ledger }) => sum + (ledger?.lost ?? 0), 0);
  console.log(`${kept} beats kept in ${statSync(file()).size} bytes, ${lost} counted as lost`);
  expect(kept + lost).toBe(COUNT);
  expect(kept).toBeGreaterThan(20_000);
  expect(idsOf(outbox).at(-1)).toBe(`h-${COUNT - 1}`);
  expect(batches.findLastIndex((one) => one.beats.length === 0)).toBeLessThan(
    batches.findIndex((one) => one.beats.length > 0),
  );
  expect(statSync(file()).size).toBeLessThan(maxBytes * 1.2);
  expect(statSync(`${file()}-wal`).size).toBeLessThan(2 ** 21);
});

test("a disk that takes nothing keeps beats in memory, loses none until that is full, and then counts them", () => {
  let db: Database | undefined;
  const outbox = outboxOf({
    maxPending: 1000,
    open: () => {
      db = openOutboxFileSync(file(), log);
      db.pragma(`max_page_count = ${db.pragma("page_count", { simple: true })}`);
      return db;
    },
  });

  const commits = Array.from({ length: 12 }, (_, k) => {
    outbox.add(beats(k * 500, 500), CLOCK, k);
    return outbox.commitSync(undefined);
  });
  db?.pragma("max_page_count = 100000");
  outbox.drafts.seal();
  expect(outbox.commitSync([{ name: "h", number: 5999 }])).toBe(true);

  expect(commits.at(-1)).toBe(false);
  const batches = batchesOf(outbox);
  const kept = batches.reduce((sum, batch) => sum + batch.beats.length, 0);
  expect(kept).toBeGreaterThan(500);
  expect(kept + batches.reduce((sum, { ledger }) => sum + (ledger?.lost ?? 0), 0)).toBe(6000);
  expect(batches.at(-1)?.ledger?.produced).toBe(6000);
  expect(idsOf(outbox).at(-1)).toBe("h-5999");
});

test("a damaged file is put aside, what can be read of it is saved, and a new one begun", () => {
  const before = outboxOf();
  for (let k = 0; k < 400; k++) {
    before.add(beats(k * 50, 50), CLOCK, k);
    before.drafts.seal();
  }
  before.commitSync(undefined);
  before.stop();
  const bytes = readFileSync(file());
  bytes.fill(0x5a, Math.floor(bytes.length / 2 / 4096) * 4096, bytes.length);
  writeFileSync(file(), bytes);

  const after = outboxOf({ session: "t" });
  after.add(beats(90_000, 2), CLOCK, 1);
  after.drafts.seal();

  expect(after.commitSync(undefined)).toBe(true);
  expect(readdirSync(folder)).toContain("outbox.damaged.db");
  expect(idsOf(after).slice(-2)).toEqual(["h-90000", "h-90001"]);
  expect(new Set(idsOf(after)).size).toBe(idsOf(after).length);
});

test("beats that a damaged file has swallowed are told as lost, each once", () => {
  const before = outboxOf();
  const COUNT = 400;
  for (let k = 0; k < COUNT; k++) {
    before.add(beats(k * 50, 50), CLOCK, k);
    before.drafts.seal();
  }
  before.commitSync(undefined);
  before.stop();
  const bytes = readFileSync(file());
  const pages = Math.floor(bytes.length / 4096);
  bytes.fill(0x5a, Math.floor(pages * 0.4) * 4096, Math.floor(pages * 0.45) * 4096);
  writeFileSync(file(), bytes);

  const batches = batchesOf(outboxOf({ session: "t" }));

  const kept = batches.reduce((sum, one) => sum + one.beats.length, 0);
  const lost = batches.reduce((sum, one) => sum + (one.ledger?.lost ?? 0), 0);
  console.log(`${kept} beats saved, ${lost} written off`);
  expect(kept + lost).toBe(COUNT * 50);
  expect(lost).toBeGreaterThan(0);
  expect(kept).toBeGreaterThan(COUNT * 25);
  expect(new Set(batches.map(({ sequence }) => sequence)).size).toBe(COUNT);
});

test("a file that is no database at all is put aside too", () => {
  writeFileSync(file(), "I am a letter, not a database. ".repeat(500));
  const outbox = outboxOf();
  outbox.add(beats(0, 1), CLOCK, 0);

  expect(outbox.commitSync(undefined)).toBe(true);
  expect(readFileSync(join(folder, "outbox.damaged.db"), "utf8")).toContain("I am a letter");
});

test("where no file can be, history waits in memory", () => {
  const outbox = outboxOf({ open: () => openOutboxFileSync(join(folder, "nowhere", "outbox.db"), log) });
  outbox.add(beats(0, 2), CLOCK, 0);
  outbox.drafts.seal();

  expect(outbox.commitSync(undefined)).toBe(true);
  expect(idsOf(outbox)).toEqual(["h-0", "h-1"]);
});

test("what an agent of an older version has settled is known, and is moved once", () => {
  const old = open();
  old.exec(`CREATE TABLE settled (one INTEGER PRIMARY KEY, name TEXT NOT NULL, number INTEGER NOT NULL);
    INSERT INTO settled VALUES (1, 'h', 4)`);
  old.close();

  const outbox = new Outbox({ session: "t", open, maxBytes: 2 ** 24, log });
  expect(outbox.startSync()).toEqual([{ name: "h", number: 4 }]);
  outbox.commitSync([
    { name: "h", number: 4 },
    { name: "i", number: 0 },
  ]);
  outbox.stop();

  expect(new Outbox({ session: "u", open, maxBytes: 2 ** 24, log }).startSync()).toEqual([
    { name: "h", number: 4 },
    { name: "i", number: 0 },
  ]);
});

test("an outbox that was damaged still knows what it had settled", () => {
  const before = outboxOf();
  before.add(beats(0, 30), CLOCK, 0);
  before.drafts.seal();
  before.commitSync([
    { name: "g", number: 99 },
    { name: "h", number: 29 },
  ]);
  before.stop();

  const db = beginAnewSync(file(), log, new Error("damaged"));

  const settled = db.prepare("SELECT name, number FROM counted ORDER BY name").all();
  expect(settled).toEqual([
    { name: "g", number: 99 },
    { name: "h", number: 29 },
  ]);
  db.close();
});
