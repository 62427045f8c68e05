import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Database from "better-sqlite3";
import { afterEach, beforeEach, expect, it } from "vitest";
import { openFleetSync } from "../store/fleet-tables.js";
import { sealLog, verifyFile, verifyLog } from "./audit-file.js";
import { AuditTables } from "./audit-tables.js";

let dataDir: string;
beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), "tactus-audit-"));
});
afterEach(() => rm(dataDir, { recursive: true, force: true }));

const DAY = 86_400_000_000;

function logOf(lines: number): void {
  const db = openFleetSync(join(dataDir, "fleet.db"));
  const tables = new AuditTables(db);
  for (let line = 1; line <= lines; line++)
    tables.add(
      { by: line % 2 ? "Ada" : "Bob", action: "thing.do", subject: `s-${line}`, detail: { line } },
      line * DAY,
    );
  db.close();
}

/** As somebody with the file would, who is not held by triggers. */
function tamper(sql: string): void {
  const db = new Database(join(dataDir, "fleet.db"));
  for (const { name } of db
    .prepare<[], { name: string }>("SELECT name FROM sqlite_master WHERE type = 'trigger'")
    .all())
    db.exec(`DROP TRIGGER ${name}`);
  db.exec(sql);
  db.close();
}

it("a log that is as it was written is in order", () => {
  logOf(20);

  expect(verifyLog(dataDir)).toMatchObject({ lines: 20, head: { id: 20 } });
  expect(verifyLog(dataDir).fault).toBe(undefined);
});

it("triggers keep the cloud itself from changing or deleting a line", () => {
  logOf(3);
  const db = openFleetSync(join(dataDir, "fleet.db"));

  expect(() => db.exec("UPDATE audit SET by = 'Eve'")).toThrow("only added to");
  expect(() => db.exec("DELETE FROM audit WHERE id = 3")).toThrow("exported and sealed");
  expect(() => db.exec("UPDATE audit_chain SET hash = ''")).toThrow("only added to");
  expect(() => db.exec("DELETE FROM audit_chain")).toThrow("exported and sealed");
  db.close();
});

it.each([
  ["UPDATE audit SET by = 'Eve' WHERE id = 7", "Line 7 is not what it was when it was written"],
  ["UPDATE audit SET at_us = at_us + 1 WHERE id = 1", "Line 1 is not what it was when it was written"],
  [`UPDATE audit SET detail = '{"line": 7}' WHERE id = 7`, "Line 7 is not what it was when it was written"],
  ["DELETE FROM audit WHERE id = 5; DELETE FROM audit_chain WHERE id = 5", "Line 5 is missing: line 6 follows 4"],
  ["DELETE FROM audit_chain WHERE id = 20", "Line 20 has no hash"],
])("a log that was tampered with shows where: %s", (sql, fault) => {
  logOf(20);
  tamper(sql);

  expect(verifyLog(dataDir).fault).toBe(fault);
});

it("a log that was cut or rewritten shows against a head noted before", () => {
  logOf(20);
  const { head } = verifyLog(dataDir);
  const noted = `${head.id}:${head.hash}`;
  expect(verifyLog(dataDir, noted).fault).toBe(undefined);

  tamper("DELETE FROM audit WHERE id > 18; DELETE FROM audit_chain WHERE id > 18");

  expect(verifyLog(dataDir).fault).toBe(undefined);
  expect(verifyLog(dataDir, noted).fault).toBe("Line 20, which was noted, is not there");
  expect(() => verifyLog(dataDir, "20:x")).toThrow("is no head");
});

it("old lines leave only into a sealed file, from whose end the chain goes on", async () => {
  logOf(20);
  const file = join(dataDir, "audit-1.ndjson");

  const sealed = await sealLog({ dataDir, beforeUs: 11 * DAY, file, nowUs: 30 * DAY });
  expect(sealed).toMatchObject({ lines: 10, head: { id: 10 } });
  expect(await verifyFile(file)).toMatchObject({ lines: 10, head: sealed.head });
  expect(verifyLog(dataDir)).toMatchObject({ lines: 11, head: { id: 21 } });
  expect(verifyLog(dataDir, `10:${sealed.head.hash}`).fault).toBe(undefined);

  const second = join(dataDir, "audit-2.ndjson");
  await sealLog({ dataDir, beforeUs: 16 * DAY, file: second, nowUs: 31 * DAY });
  expect(await verifyFile(second)).toMatchObject({ lines: 5, head: { id: 15 } });
  expect(verifyLog(dataDir)).toMatchObject({ lines: 7 });
  await expect(sealLog({ dataDir, beforeUs: 16 * DAY, file: second, nowUs: 0 })).rejects.toThrow("nothing to seal");
  await expect(sealLog({ dataDir, beforeUs: 19 * DAY, file: second, nowUs: 0 })).rejects.toThrow("cannot be made");

  writeFileSync(file, readFileSync(file, "utf8").replace('"s-4"', '"s-5"'));
  expect((await verifyFile(file)).fault).toBe("Line 4 is not what it was when it was written");
});

it("nothing is sealed out of a broken chain", async () => {
  logOf(5);
  tamper("UPDATE audit SET by = 'Eve' WHERE id = 2");

  const file = join(dataDir, "x.ndjson");
  await expect(sealLog({ dataDir, beforeUs: 4 * DAY, file, nowUs: 0 })).rejects.toThrow("Line 2 is not what it was");
});

it("lines of before there was a chain are taken into it", () => {
  logOf(3);
  tamper("DELETE FROM audit_chain");
  logOf(1);

  expect(verifyLog(dataDir)).toMatchObject({ lines: 4 });
});
