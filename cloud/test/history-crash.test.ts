import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Database from "better-sqlite3";
import { expect, it } from "vitest";
import { openHistorySync } from "../src/store/history-file.js";
import { HistoryTables } from "../src/store/history-tables.js";
import { packBatch } from "../src/store/tail.js";
import { beatAt } from "./simulated-device.js";

const START = 20_000 * 86_400_000_000;
const SCRIPT = new URL("append-and-die.mjs", import.meta.url).pathname;
const PER_BATCH = 8;

/** Returns the last batch that it said is safe. */
async function appendAndKill(file: string, { from, afterMs }: { from: number; afterMs: number }): Promise<number> {
  const child = spawn(process.execPath, [SCRIPT, file, String(from), String(afterMs % 5)], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  let said = "";
  child.stdout.on("data", (chunk) => {
    said += chunk;
    setTimeout(() => child.kill("SIGKILL"), afterMs);
  });
  await once(child, "exit");
  return Number(said.split("\n").at(-2) ?? from - 1);
}

it("kill -9 in the middle of appends and folding leaves every beat once, and the rollups what the beats add up to", async () => {
  const folder = await mkdtemp(join(tmpdir(), "tactus-die-"));
  const file = join(folder, "history.db");
  let safe = -1;
  for (let round = 0; round < 12; round++) {
    safe = await appendAndKill(file, { from: safe + 1 - ((safe + 1) % 4), afterMs: 5 + round * 23 });

    const tables = new HistoryTables(openHistorySync(file));
    const { beats } = tables.extent("hall.box");
    const ids = new Set<string>();
    const page = tables.beats("hall.box", { fromUs: 0, toUs: START * 2, skip: 0, limit: 1_000_000 });
    for (const { beatId } of page.beats) ids.add(beatId);
    expect(page.beats.length).toBe(ids.size);
    expect(beats).toBe(ids.size);
    expect(ids.size).toBeGreaterThanOrEqual((safe + 1) * PER_BATCH);
    expect(ids.size % (4 * PER_BATCH)).toBe(0);
    for (let number = 0; number < (safe + 1) * PER_BATCH; number++) expect(ids.has(`h-${number}`)).toBe(true);
    for (const points of [1, 40, 500]) {
      const range = { fromUs: START - 3_600_000_000, toUs: START + 400 * 3_600_000_000, points };
      expect(tables.history("hall.box", range).beats).toBe(ids.size);
    }
    tables.close();
    const db = new Database(file, { readonly: true });
    expect(db.pragma("integrity_check", { simple: true })).toBe("ok");
    db.close();
  }
  expect(safe).toBeGreaterThan(400);
  await rm(folder, { recursive: true });
}, 180_000);

it("a reader that never ends cannot make the log grow without bound, and does no harm when it is done", async () => {
  const folder = await mkdtemp(join(tmpdir(), "tactus-wal-"));
  const file = join(folder, "history.db");
  const tables = new HistoryTables(openHistorySync(file), { maxWalBytes: 8 * 1024 * 1024 });
  const reader = new Database(file, { readonly: true });
  reader.exec("BEGIN");
  reader.prepare("SELECT count(*) FROM chunks").get();

  const write = (sequence: number) => {
    const beats = Array.from({ length: 500 }, (_, k) => beatAt(START + k * 1000 + sequence, { beatId: `odd ${k}` }));
    return tables.append([
      packBatch({ deviceId: "hall.box", receivedAtUs: START, batch: { v: 1, session: "s", sequence, beats } }),
    ]);
  };
  let refusal = "";
  let sequence = 0;
  for (; sequence < 5000 && refusal === ""; sequence++) {
    try {
      write(sequence);
    } catch (error) {
      refusal = (error as Error).message;
    }
  }
  const grown = tables.state().gauges.walBytes ?? 0;
  reader.exec("COMMIT");
  reader.close();
  tables.tend(START);

  expect(refusal).toMatch(/write-ahead log has grown to \d+ MiB because somebody reads the file without end/);
  expect(grown).toBeLessThan(9 * 1024 * 1024);
  expect(write(sequence)).toEqual(["stored"]);
  tables.close();
  await rm(folder, { recursive: true });
}, 60_000);
