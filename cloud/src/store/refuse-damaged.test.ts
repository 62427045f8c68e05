import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Database from "better-sqlite3";
import { expect, it } from "vitest";
import { refuseDamagedSync } from "./refuse-damaged.js";

it("a damaged database is refused with a remedy and left as it is; a new one and a whole one are taken", () => {
  const folder = mkdtempSync(join(tmpdir(), "tactus-damaged-"));
  const file = join(folder, "fleet.db");
  const whole = new Database(file);
  refuseDamagedSync(whole);
  whole.exec("CREATE TABLE t (a)");
  refuseDamagedSync(whole);
  whole.close();
  writeFileSync(file, Buffer.alloc(8192, 3));

  expect(() => refuseDamagedSync(new Database(file))).toThrow(/fleet.db is damaged .*put a backup in its place/);
  rmSync(folder, { recursive: true });
});
