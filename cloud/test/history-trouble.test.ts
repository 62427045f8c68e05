import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { copyFile, mkdtemp, open, readdir, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { type HistoryBatch, InputError } from "@tactus/shared";
import Database from "better-sqlite3";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openHistorySync } from "../src/store/history-file.js";
import { HistoryTables } from "../src/store/history-tables.js";
import { KeptHistory } from "../src/store/kept-history.js";
import { CLOUD_DB_MIGRATIONS, migrateSync } from "../src/store/migrations/migrate.js";
import { packBatch } from "../src/store/tail.js";
import { beatAt } from "./simulated-device.js";

const SECOND = 1_000_000;
const DAY = 86_400 * SECOND;
const START = 20_000 * DAY;
const EVER = { fromUs: 0, toUs: START + 3000 * DAY };

let folder = "";
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "tactus-trouble-"));
});
afterEach(() => rm(folder, { recursive: true }));
const file = () => join(folder, "history.db");

/** Half a minute of a room in each. */
function batchAt(sequence: number, { deviceId = "hall.box", session = "s", fromUs = START } = {}) {
  const beats = Array.from({ length: 60 }, (_, k) =>
    beatAt(fromUs + (sequence * 60 + k) * SECOND * 0.5, { beatId: `${session}-${sequence * 60 + k}` }),
  );
  const batch: HistoryBatch = { v: 1, session, sequence, beats };
  return packBatch({ deviceId, receivedAtUs: fromUs + sequence * 30 * SECOND, batch });
}

function filled(count: number, options = {}): void {
  const tables = new HistoryTables(openHistorySync(file()));
  for (let sequence = 0; sequence < count; sequence++) tables.append([batchAt(sequence, options)]);
  tables.foldAll();
  tables.close();
}

const tendUntilQuiet = (kept: KeptHistory) => {
  for (let step = 0; step < 50; step++) kept.tend(START + DAY);
};

describe("a damaged history.db", () => {
  it("that is no database any more is kept aside, a new one begins, and it is said", async () => {
    filled(10);
    const handle = await open(file(), "r+");
    await handle.write(Buffer.alloc(4096, 7), 0, 4096, 0);
    await handle.close();

    const kept = new KeptHistory({ file: file() });

    expect(kept.append([batchAt(100)])).toEqual(["stored"]);
    expect(kept.state().problems[0]).toMatch(/^Nothing of .*damaged-.* can be read/);
    expect(kept.state().counts.damages).toBe(1);
    expect((await readdir(folder)).some((name) => name.startsWith("history.db.damaged-"))).toBe(true);
    kept.close();
  });

  it("is brought over as far as it reads: each beat once, the rollups as the beats, no batch stored again", async () => {
    filled(400);
    const pages = Math.floor((await stat(file())).size / 4096);
    const handle = await open(file(), "r+");
    // A page of chunks: these come last.
    await handle.write(Buffer.alloc(4096, 1), 0, 4096, (pages - 6) * 4096);
    await handle.close();

    const kept = new KeptHistory({ file: file() });
    const again = kept.append([batchAt(5), batchAt(1000)]);
    tendUntilQuiet(kept);

    expect(again).toEqual(["duplicate", "stored"]);
    const { beats } = kept.beats("hall.box", { ...EVER, skip: 0, limit: 100_000 });
    const lost = 401 * 60 - beats.length;
    expect(lost).toBeGreaterThan(0);
    expect(lost).toBeLessThan(401 * 30);
    expect(new Set(beats.map(({ beatId }) => beatId)).size).toBe(beats.length);
    expect(kept.history("hall.box", { ...EVER, points: 100 }).beats).toBe(beats.length);
    expect(kept.state().problems[0]).toMatch(/^Of a damaged history.db \d+ beats were saved, \d+ rows are lost$/);
    kept.close();
    expect(new KeptHistory({ file: file() }).extent("hall.box").beats).toBe(beats.length);
  });
});

describe("retention", () => {
  it("gives up the beats of old days and keeps what they add up to, and says since when", () => {
    filled(200);
    filled(200, { session: "t", fromUs: START + 500 * DAY });
    const tables = new HistoryTables(openHistorySync(file()), {
      retention: { rawDays: 400, tierDays: { 10: 400, 300: 5000 } },
    });
    const whole = tables.history("hall.box", { ...EVER, points: 300 });
    const nowUs = START + 501 * DAY;
    for (let step = 0; step < 20; step++) tables.tend(nowUs);

    const { beats } = tables.beats("hall.box", { ...EVER, skip: 0, limit: 100_000 });
    expect(beats).toHaveLength(12_000);
    expect(tables.history("hall.box", { ...EVER, points: 300 })).toEqual(whole);
    const zoomed = tables.history("hall.box", { fromUs: START, toUs: START + 3000 * SECOND, points: 300 });
    expect([zoomed.bucketUs, zoomed.beats]).toEqual([300 * SECOND, 6000]);
    const { counts, gauges } = tables.state();
    expect(counts.removedChunks).toBe(100);
    expect(gauges).toMatchObject({ retentionRanAtSeconds: nowUs / 1e6, rawKeptFromSeconds: (nowUs - 400 * DAY) / 1e6 });
    tables.close();
  });

  it("keeps within a size, the newest day always, and gives the room back", () => {
    for (let day = 0; day < 12; day++) filled(120, { session: `s${day}`, fromUs: START + day * DAY });
    const tables = new HistoryTables(openHistorySync(file()), { retention: { maxBytes: 250_000 } });
    for (let step = 0; step < 60; step++) tables.tend(START + 12 * DAY);

    const { beats } = tables.beats("hall.box", { ...EVER, skip: 0, limit: 1_000_000 });
    expect(beats.length).toBeLessThan(12 * 120 * 60);
    expect(beats.at(-1)?.atUs).toBeGreaterThan(START + 11 * DAY);
    expect(tables.extent("hall.box").beats).toBe(12 * 120 * 60);
    tables.close();
  });
});

describe("a cloud.db of an earlier Tactus", () => {
  /** As it was written: a row a beat. */
  async function oldDatabase(batches: number): Promise<string> {
    const path = join(folder, "cloud.db");
    const db = new Database(path);
    migrateSync(db, CLOUD_DB_MIGRATIONS);
    db.exec("INSERT INTO devices VALUES (1, 'hall.box', 'Hall', '1', 'm', 5, 9)");
    const addBatch = db.prepare(
      `INSERT INTO batches (id, device, session, sequence, received_us, beats, late) VALUES (?, 1, 's', ?, ?, 10, 1)`,
    );
    const addBeat = db.prepare("INSERT INTO beats VALUES (1, ?, ?, ?, ?, 1, 4, 1, 127.9, 0.9, 'tracker')");
    db.transaction(() => {
      for (let sequence = 0; sequence < batches; sequence++) {
        addBatch.run(sequence + 1, sequence, START);
        if (sequence % 50 === 7) continue; // what was refused came without beats
        for (let k = 0; k < 10; k++) {
          const number = sequence * 10 + k;
          addBeat.run(START + number * SECOND * 0.5, sequence + 1, k, `h-${number}`);
        }
      }
      db.exec("INSERT INTO ledger VALUES (1, 20000, 4900, 4900, 3, 2)");
      db.exec("INSERT INTO ledger_sessions VALUES (1, 20000, 's', 4905)");
    })();
    db.close();
    return path;
  }

  it("is moved once: beats, numbers of batches, ledger", async () => {
    const path = await oldDatabase(500);
    await copyFile(path, join(folder, "copy.db"));
    const kept = new KeptHistory({ file: file(), moveFrom: path });

    expect(kept.notes()[0]).toMatch(/^500 batches of .*cloud.db are in history.db now/);
    expect([existsSync(path), existsSync(`${path}.moved`)]).toEqual([false, true]);
    expect(kept.extent("hall.box").beats).toBe(4900);
    expect(kept.ledger("hall.box", { fromDay: 0, toDay: 99_999 })).toEqual([
      { day: 20_000, produced: 4905, received: 4900, recovered: 4900, lost: 3, unaccounted: 2 },
    ]);
    const batch = (sequence: number): HistoryBatch => ({ v: 1, session: "s", sequence, beats: [beatAt(START)] });
    const outcomes = [7, 499, 500].map((sequence) =>
      kept.append([packBatch({ deviceId: "hall.box", receivedAtUs: START, batch: batch(sequence) })]),
    );
    expect(outcomes.flat()).toEqual(["duplicate", "duplicate", "stored"]);
    kept.close();
    await copyFile(join(folder, "copy.db"), path);
    expect(new KeptHistory({ file: file(), moveFrom: path }).extent("hall.box").beats).toBe(4901);
  });

  it("is moved whole although the process is killed at any time on the way", async () => {
    const path = await oldDatabase(3000);
    const script = `
      import { KeptHistory } from ${JSON.stringify(new URL("../dist/store/kept-history.js", import.meta.url).href)};
      process.stdout.write("go\\n");
      new KeptHistory({ file: ${JSON.stringify(file())}, moveFrom: ${JSON.stringify(path)} });`;
    let ended = false;
    for (let afterMs = 20; !ended; afterMs += 40) {
      const run = execFile(process.execPath, ["--input-type=module", "-e", script]);
      await new Promise((resolve) => run.stdout?.once("data", resolve));
      const timer = setTimeout(() => run.kill("SIGKILL"), afterMs);
      const code = await new Promise((resolve) => run.once("exit", resolve));
      clearTimeout(timer);
      ended = code === 0;
    }
    const kept = new KeptHistory({ file: file(), moveFrom: path });

    const { beats } = kept.beats("hall.box", { ...EVER, skip: 0, limit: 100_000 });
    expect(new Set(beats.map(({ beatId }) => beatId)).size).toBe(29_400);
    expect(beats).toHaveLength(29_400);
    expect(kept.history("hall.box", { ...EVER, points: 100 }).beats).toBe(29_400);
    expect(kept.ledger("hall.box", { fromDay: 0, toDay: 99_999 })[0]?.received).toBe(4900);
    kept.close();
  }, 120_000);
});

const isRoot = process.getuid?.() === 0;
describe.skipIf(!isRoot)("a full disk", () => {
  it("takes nothing and says so, loses nothing that was taken, and takes again when there is room", async () => {
    const script = fileURLToPathOf("full-disk.mjs");
    const run = promisify(execFile);
    const { stdout } = await run("unshare", ["-m", process.execPath, script, folder], { timeout: 100_000 });

    const said = JSON.parse(stdout.trim().split("\n").at(-1) ?? "{}") as Record<string, unknown>;
    expect(said.refusal).toMatch(/^History takes nothing: .*Free some space/);
    expect(said).toMatchObject({
      lostAfterFull: 0,
      againStored: "stored",
      problemsAfter: [],
      integrity: "ok",
      sameAfterReopen: true,
    });
    expect(said.storedBefore).toBeGreaterThan(20);
  }, 120_000);
});

const fileURLToPathOf = (name: string): string => new URL(name, import.meta.url).pathname;

it("a file of a newer Tactus is left alone", () => {
  filled(1);
  const db = new Database(file());
  db.pragma("user_version = 999");
  db.close();

  expect(() => new KeptHistory({ file: file() })).toThrow(InputError);
});
