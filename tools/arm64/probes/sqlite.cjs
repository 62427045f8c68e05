/** Opens a database file with the given copy of better-sqlite3, writes in WAL mode, reads back. Prints JSON. */
const { mkdtempSync, rmSync } = require("node:fs");
const { tmpdir } = require("node:os");
const { join } = require("node:path");

const ROWS = 1000;
const Database = require(join(process.argv[2], "better-sqlite3"));
const folder = mkdtempSync(join(tmpdir(), "tactus-arm64-"));
try {
  const db = new Database(join(folder, "probe.db"));
  db.pragma("journal_mode = WAL");
  db.exec("CREATE TABLE beats (at_us INTEGER PRIMARY KEY, bpm REAL)");
  const insert = db.prepare("INSERT INTO beats VALUES (?, ?)");
  db.transaction(() => {
    for (let n = 0; n < ROWS; n++) insert.run(n * 500000, 120 + n / ROWS);
  })();
  const { count, last } = db.prepare("SELECT count(*) count, max(at_us) last FROM beats").get();
  const { version } = db.prepare("SELECT sqlite_version() version").get();
  db.close();
  if (count !== ROWS || last !== (ROWS - 1) * 500000) throw new Error(`Read back ${count} rows, last ${last}`);
  console.log(JSON.stringify({ arch: process.arch, count, version }));
} finally {
  rmSync(folder, { recursive: true, force: true });
}
