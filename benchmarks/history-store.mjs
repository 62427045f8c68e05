/**
 * The history store in process: bytes a beat, beats a second from batches, and how long a question takes.
 *
 *     node benchmarks/history-store.mjs ingest [--seconds 60] [--batch 256] [--devices 200] [--group 64]
 *     node benchmarks/history-store.mjs make   [--beats 100e6] [--devices 16] [--store ~/.cache/tactus/history-100m]
 *     node benchmarks/history-store.mjs ask    [--store ~/.cache/tactus/history-100m] [--questions 200]
 *     node benchmarks/history-store.mjs late   [--store …]         an hour of one device, sent late
 *
 * `ingest` writes through the worker thread as the cloud does; `make` fills a store with the same code, without the thread and
 * without waiting for the disk, and goes on where it was stopped; `ask` also makes a table of plain rows of one device beside it.
 */
import { existsSync, mkdirSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import Database from "better-sqlite3";
import { openHistorySync } from "../cloud/dist/store/history-file.js";
import { HistoryTables } from "../cloud/dist/store/history-tables.js";
import { openSqliteHistory } from "../cloud/dist/store/sqlite-history.js";
import { packBatch } from "../cloud/dist/store/tail.js";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    seconds: { type: "string", default: "60" },
    batch: { type: "string", default: "256" },
    devices: { type: "string" },
    group: { type: "string", default: "64" },
    beats: { type: "string", default: "100e6" },
    questions: { type: "string", default: "200" },
    store: { type: "string", default: join(homedir(), ".cache/tactus/history-100m") },
  },
});
const SECOND = 1_000_000;
const DAY = 86_400 * SECOND;
/** The newest beat of the store. */
const END = Date.parse("2026-11-20T00:00:00Z") * 1000;
const idOf = (index) => `venue${Math.floor(index / 4)}.box${index % 4}`;

/** A room at 110 to 150 BPM, whose tempo and stamps move as a tracker's do; a new session every 30 hours. */
class Room {
  sequence = 0;
  #number = 0;
  #bpm;
  #random;

  constructor(index, fromUs) {
    this.deviceId = idOf(index);
    this.atUs = fromUs + index * 7919;
    this.#random = index * 2654435761;
    this.#bpm = 11_000 + Math.floor(this.#next() * 4000);
    this.#begin();
  }

  batch(count) {
    if (this.atUs - this.begunUs > 30 * 3600 * SECOND) this.#begin();
    const monotonicUs = this.atUs - this.begunUs + 20 * SECOND;
    const beats = [];
    for (let k = 0; k < count; k++) beats.push(this.#beat());
    const day = Math.floor(beats[0].atUs / DAY);
    const clock = {
      monotonicUs,
      offsetUs: -1200 + Math.floor(this.#next() * 300),
      uncertaintyUs: 4000,
      synchronised: true,
    };
    const ledger = { day, produced: this.#number, lost: 0, unaccounted: 0 };
    return { v: 1, session: this.session, sequence: this.sequence++, beats, clock, ledger };
  }

  #begin() {
    this.session = `${Math.floor(this.#next() * 2 ** 32)
      .toString(16)
      .padStart(8, "0")}`;
    this.begunUs = this.atUs;
    this.sequence = 0;
    this.#number = 0;
  }

  #beat() {
    const drift = this.#next();
    this.#bpm += drift < 0.2 ? -3 : drift > 0.8 ? 3 : 0;
    if (drift > 0.998) this.#bpm = 11_000 + Math.floor(this.#next() * 4000);
    const jitterUs = Math.round((this.#next() - 0.5) * 80) * 100;
    this.atUs += Math.round(6e9 / this.#bpm / 100) * 100;
    const index = this.#number++;
    const place = { beatInBar: (index % 4) + 1, beatsPerBar: 4, bar: Math.floor(index / 4) + 1 };
    const confidence = Math.round(250 * (0.85 + 0.13 * this.#next())) / 250;
    return {
      beatId: `${this.session}-${index}`,
      atUs: this.atUs + jitterUs,
      ...place,
      bpm: this.#bpm / 100,
      confidence,
      source: "tracker",
    };
  }

  /** mulberry32 */
  #next() {
    this.#random = (this.#random + 0x6d2b79f5) | 0;
    let t = Math.imul(this.#random ^ (this.#random >>> 15), 1 | this.#random);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  }
}

const percentile = (sorted, share) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
const told = (times) => {
  const sorted = [...times].sort((a, b) => a - b);
  const [p50, p95, p99] = [0.5, 0.95, 0.99].map((share) => percentile(sorted, share).toFixed(2));
  return `p50 ${p50}, p95 ${p95}, p99 ${p99}, max ${sorted.at(-1)?.toFixed(1)} ms`;
};

async function ingest() {
  const folder = mkdtempSync(join(process.env.TACTUS_BENCH_DIR ?? tmpdir(), "tactus-ingest-"));
  const file = join(folder, "history.db");
  const store = await openSqliteHistory({ file, onLost: (error) => console.error(error) });
  const perBatch = Number(values.batch);
  const rooms = Array.from({ length: Number(values.devices ?? 200) }, (_, index) => new Room(index, Date.now() * 1000));
  const seconds = Number(values.seconds);
  const group = Number(values.group);
  const commits = [];
  const slowest = [];
  let beats = 0;
  let made = 0;
  let turn = 0;
  const began = performance.now();
  let told10 = began;
  let beats10 = 0;
  let next = take();
  while (performance.now() - began < seconds * 1000) {
    const at = performance.now();
    const done = store.append(next);
    const packedIn = performance.now() - at;
    const following = take();
    const outcomes = await done;
    commits.push(performance.now() - at);
    made += packedIn;
    if (outcomes.some((outcome) => outcome !== "stored")) throw new Error("A batch was not stored");
    beats += next.length * perBatch;
    next = following;
    if (performance.now() - told10 > 10_000) {
      slowest.push(((beats - beats10) * 1000) / (performance.now() - told10));
      [told10, beats10] = [performance.now(), beats];
    }
  }
  const took = performance.now() - began;
  const { counts, gauges } = await store.state();
  await store.close();
  const sync = openHistorySync(file);
  const tables = new HistoryTables(sync);
  tables.foldAll();
  sync.pragma("wal_checkpoint(TRUNCATE)");
  sync.close();
  const bytes = statSync(file).size;
  console.log(
    `${beats} beats in batches of ${perBatch} from ${rooms.length} devices, ${group} batches a group, ${(took / 1000).toFixed(0)} s`,
  );
  console.log(
    `${Math.round((beats * 1000) / took)} beats/s; slowest ten seconds ${Math.round(Math.min(...slowest))} beats/s`,
  );
  console.log(
    `a group, from hand-over to committed: ${told(commits)}; packing takes ${((made * 100) / took).toFixed(0)} % of the main thread`,
  );
  console.log(
    `${(bytes / beats).toFixed(2)} bytes a beat on disk after a checkpoint; ${JSON.stringify({ ...counts, ...gauges })}`,
  );
  rmSync(folder, { recursive: true });

  function take() {
    return Array.from({ length: group }, () => {
      const room = rooms[turn++ % rooms.length];
      const batch = room.batch(perBatch);
      return { deviceId: room.deviceId, receivedAtUs: batch.beats.at(-1).atUs + 4 * SECOND, batch };
    });
  }
}

/** Device after device: each has beats / devices of them, ending at END. */
function make() {
  const beatsEach = Math.round(Number(values.beats) / devicesOf());
  mkdirSync(values.store, { recursive: true });
  const db = openHistorySync(join(values.store, "history.db"));
  db.pragma("synchronous = OFF");
  const tables = new HistoryTables(db);
  const began = performance.now();
  let beats = 0;
  // A day of every device in turn, as a fleet that is online would fill it.
  const rooms = Array.from({ length: devicesOf() }, (_, index) => new Room(index, END - beatsEach * 0.4615 * SECOND));
  const perTurn = 256 * 64;
  const done = (db.prepare("SELECT value FROM facts WHERE name = 'bench_turns'").get()?.value ?? 0) * 1;
  for (let turn = 0; turn * perTurn < beatsEach; turn++) {
    for (const room of rooms) {
      const batches = [];
      for (let k = 0; k < 64; k++) {
        const batch = room.batch(256);
        if (turn >= done)
          batches.push(packBatch({ deviceId: room.deviceId, receivedAtUs: batch.beats.at(-1).atUs, batch }));
      }
      if (turn >= done) tables.append(batches);
      beats += perTurn;
    }
    if (turn >= done) db.prepare("INSERT OR REPLACE INTO facts VALUES ('bench_turns', ?)").run(turn + 1);
    if (turn % 5 === 0) console.log(`${beats} beats, ${((performance.now() - began) / 1000).toFixed(0)} s`);
  }
  tables.foldAll();
  db.pragma("wal_checkpoint(TRUNCATE)");
  db.close();
  const bytes = statSync(join(values.store, "history.db")).size;
  console.log(
    `${beats} beats of ${devicesOf()} devices, ${(bytes / beats).toFixed(2)} bytes a beat, ${(bytes / 1e9).toFixed(2)} GB`,
  );
}

function devicesOf() {
  return Number(values.devices ?? 16);
}

function ask() {
  const file = join(values.store, "history.db");
  if (!existsSync(file)) throw new Error(`No store in ${values.store}: run \`make\` first`);
  const tables = new HistoryTables(openHistorySync(file));
  const devices = Array.from({ length: 1000 }, (_, index) => idOf(index)).filter((id) => tables.extent(id).beats > 0);
  const total = devices.reduce((sum, id) => sum + tables.extent(id).beats, 0);
  console.log(`${total} beats of ${devices.length} devices in ${file}`);
  const span = (id) => tables.extent(id);
  const first = span(devices[0]);
  let seed = 1;
  const random = () => {
    seed = (seed * 16807) % 2147483647;
    return seed / 2147483647;
  };
  const questions = (rangeUs, points) => {
    const times = [];
    let beats = 0;
    for (let k = 0; k < Number(values.questions); k++) {
      const id = devices[Math.floor(random() * devices.length)];
      const fromUs = first.firstUs + Math.floor(random() * Math.max(1, first.lastUs - first.firstUs - rangeUs));
      const at = performance.now();
      const curve = tables.history(id, { fromUs, toUs: fromUs + rangeUs, points });
      times.push(performance.now() - at);
      beats += curve.beats;
    }
    return { times, beats: Math.round(beats / times.length) };
  };
  let month;
  for (const [name, rangeUs, points] of [
    ["10 minutes", 600 * SECOND, 300],
    ["5 hours", 5 * 3600 * SECOND, 300],
    ["1 day", DAY, 300],
    ["30 days", 30 * DAY, 300],
    ["1 year", 365 * DAY, 300],
  ]) {
    const { times, beats } = questions(rangeUs, points);
    if (name === "30 days")
      month = percentile(
        [...times].sort((a, b) => a - b),
        0.5,
      );
    console.log(`${name.padEnd(10)} at ${points} points, ${beats} beats: ${told(times)}`);
  }
  plainRows(tables, { id: devices[0], month });
  tables.close();
}

/** The same 30 days from plain rows: what a store without rollups would do. */
function plainRows(tables, { id, month }) {
  const folder = mkdtempSync(join(process.env.TACTUS_BENCH_DIR ?? tmpdir(), "tactus-rows-"));
  const db = new Database(join(folder, "rows.db"));
  db.pragma("journal_mode = WAL");
  db.exec(`CREATE TABLE beats (device INTEGER, time INTEGER, seq INTEGER, beat_in_bar INTEGER, beats_per_bar INTEGER, bar INTEGER,
    bpm REAL, confidence REAL, source INTEGER, PRIMARY KEY (device, time, seq)) WITHOUT ROWID`);
  const { lastUs } = tables.extent(id);
  const toUs = Math.floor(lastUs / (3 * 3600 * SECOND)) * 3 * 3600 * SECOND;
  const fromUs = toUs - 30 * DAY;
  const insert = db.prepare("INSERT OR IGNORE INTO beats VALUES (1, ?, ?, ?, ?, ?, ?, ?, 0)");
  let seq = 0;
  db.exec("BEGIN");
  for (let at = fromUs; at < toUs; at += 3600 * SECOND) {
    const { beats } = tables.beats(id, { fromUs: at, toUs: at + 3600 * SECOND, skip: 0, limit: 100_000 });
    for (const one of beats)
      insert.run(one.atUs, seq++, one.beatInBar, one.beatsPerBar, one.bar, one.bpm, one.confidence);
  }
  db.exec("COMMIT");
  db.pragma("wal_checkpoint(TRUNCATE)");
  const width = 3 * 3600 * SECOND;
  const query =
    db.prepare(`SELECT CAST((time - ?) / ${width} AS INTEGER) bucket, count(*), min(bpm), sum(bpm), max(bpm), min(confidence), sum(confidence),
    max(confidence) FROM beats WHERE device = 1 AND time >= ? AND time < ? GROUP BY bucket ORDER BY bucket`);
  const times = [];
  for (let k = 0; k < 9; k++) {
    const at = performance.now();
    query.all(fromUs, fromUs, toUs);
    times.push(performance.now() - at);
  }
  const plain = percentile(
    times.sort((a, b) => a - b),
    0.5,
  );
  console.log(
    `the same 30 days from ${seq} plain rows: p50 ${plain.toFixed(0)} ms; with rollups ${month.toFixed(2)} ms: ${Math.round(plain / month)} times as fast`,
  );
  db.close();
  rmSync(folder, { recursive: true });
}

/** An hour of one device comes a month late, in batches of 256, into minutes and buckets that have neighbours. */
function late() {
  const tables = new HistoryTables(openHistorySync(join(values.store, "history.db")));
  const id = idOf(0);
  const room = new Room(0, END - 30 * DAY - 1800 * SECOND + (Date.now() % 1000));
  room.session = `late${Date.now()}`;
  const batches = [];
  for (let beats = 0; beats < 7800; beats += 256) {
    const batch = { ...room.batch(256), late: true };
    batches.push(packBatch({ deviceId: id, receivedAtUs: Date.now() * 1000, batch }));
  }
  const at = performance.now();
  for (const batch of batches) tables.append([batch]);
  const safe = performance.now() - at;
  tables.foldAll();
  console.log(
    `an hour late, ${batches.length} batches of 256, each its own commit: ${safe.toFixed(0)} ms, with the last minute filed ${(performance.now() - at).toFixed(0)} ms`,
  );
  tables.close();
}

const commands = { ingest, make, ask, late };
const command = commands[positionals[0] ?? "ingest"];
if (!command) throw new Error(`Commands: ${Object.keys(commands).join(", ")}`);
await command();
