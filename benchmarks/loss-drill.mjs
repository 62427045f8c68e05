/**
 * What is left of the history when everything is killed: a real agent and a real cloud, `kill -9`ed and cut off at random
 * while a fast stand-in for hearing announces beats.
 *
 *     node benchmarks/loss-drill.mjs [--minutes 4] [--rate 1000] [--kills 100] [--seed 1]
 *
 * Checks that every beat that was committed to the outbox is in history exactly once, that what is missing is unaccounted
 * or lost in the ledger, to the beat, and that the ledger adds up; prints the sums and exits 1 when one of them is wrong.
 */
import { fork, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { decodeHistory } from "@tactus/shared";
import { Aedes } from "aedes";
import Database from "better-sqlite3";
import { openHistorySync } from "../cloud/dist/store/history-file.js";
import { HistoryTables } from "../cloud/dist/store/history-tables.js";
import { DeviceConfig } from "../device/dist/config.js";
import { BeatMarker } from "../device/dist/hearing/beat-marker.js";
import { UNKNOWN_FACTS } from "../device/dist/process-channel.js";
import { ownSettings } from "../device/dist/remote-settings.js";
import { passwordFor } from "./device-login.mjs";

const { values } = parseArgs({
  options: {
    minutes: { type: "string", default: "4" },
    rate: { type: "string", default: "1000" },
    kills: { type: "string", default: "100" },
    seed: { type: "string", default: "1" },
  },
});
const [MINUTES, RATE, KILLS] = [Number(values.minutes), Number(values.rate), Number(values.kills)];
const LEAD_MS = 150;
const ADDRESS = { venue: "drill", device: "box" };
const listen = (server) => new Promise((done) => server.listen(0, "127.0.0.1", () => done(server.address().port)));

/** mulberry32: the same drill for the same seed, as far as the machine allows. */
let randomState = Number(values.seed);
function random() {
  randomState = (randomState + 0x6d2b79f5) | 0;
  let t = Math.imul(randomState ^ (randomState >>> 15), 1 | randomState);
  t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
  return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
}

const quiet = { info() {}, warn: (...said) => console.log("hearing warns:", ...said) };

/** In place of hearing: a local broker, and beats without a gap in their numbers, marked as hearing does. `due`: beat id -> epoch ms. */
class Hearing {
  due = new Map();
  name = "";
  #stateDir;
  #marker;
  #number = 0;
  #owed = 0;
  #lives = 0;

  constructor(stateDir) {
    this.#stateDir = stateDir;
  }

  async start() {
    this.#live();
    this.broker = await Aedes.createBroker();
    this.server = createServer(this.broker.handle);
    this.port = await listen(this.server);
    this.last = performance.now();
    this.timer = setInterval(() => this.#play(), 10);
  }

  /** Hearing was killed too: its numbers begin anew. What it announced in its last millisecond is marked, too. */
  async reborn() {
    clearInterval(this.timer);
    await this.#marker.stop();
    this.#live();
    this.timer = setInterval(() => this.#play(), 10);
  }

  #live() {
    this.name = `h${++this.#lives}`;
    this.#number = 0;
    const [session, sessionNumber] = [this.name, this.#lives];
    this.#marker = new BeatMarker({ stateDir: this.#stateDir, session, sessionNumber, log: quiet });
    this.#marker.start();
  }

  silence() {
    clearInterval(this.timer);
  }

  stop() {
    this.silence();
    this.broker.close();
    this.server.close();
  }

  #play() {
    const now = performance.now();
    this.#owed += ((now - this.last) / 1000) * RATE;
    this.last = now;
    const count = Math.floor(this.#owed);
    for (let k = 0; k < count; k++) this.#announce(Date.now() + LEAD_MS + k * (10 / count));
    this.#owed -= count;
  }

  #announce(dueMs) {
    const beatId = `${this.name}-${this.#number}`;
    const place = { beatInBar: (this.#number % 4) + 1, beatsPerBar: 4, bar: Math.floor(this.#number / 4) + 1 };
    this.#number++;
    this.due.set(beatId, dueMs);
    const message = {
      ...{ v: 1, beatId, rev: 0, state: "announced", dueAtUs: Math.round(dueMs * 1000), dueInMs: dueMs - Date.now() },
      ...{ ...place, bpm: 127.9, confidence: 0.9, uncertaintyMs: 5, source: "tracker" },
      energy: { low: 0.5, mid: 0.5, high: 0.5 },
    };
    this.#marker.note(beatId, message.dueAtUs);
    const topic = `tactus/v1/${ADDRESS.venue}/${ADDRESS.device}/beat`;
    this.broker.publish({ cmd: "publish", topic, payload: Buffer.from(JSON.stringify(message)), qos: 0 }, () => {});
  }
}

/** The way to the cloud, which can be cut. */
class Line {
  #sockets = new Set();
  target = 0;

  async start() {
    this.server = createServer((socket) => {
      const far = connect(this.target, "127.0.0.1");
      for (const one of [socket, far]) {
        this.#sockets.add(one);
        one.on("error", () => {}).on("close", () => [socket, far].forEach((each) => void each.destroy()));
        one.on("close", () => this.#sockets.delete(one));
      }
      socket.pipe(far).pipe(socket);
    });
    this.port = await listen(this.server);
  }

  cut() {
    for (const socket of this.#sockets) socket.destroy();
  }

  /** A black hole for so long: nothing is carried, and nobody is told. */
  hang(ms) {
    const hung = [...this.#sockets];
    for (const socket of hung) socket.pause();
    setTimeout(() => hung.forEach((socket) => void socket.resume()), ms);
  }

  stop() {
    this.cut();
    this.server.close();
  }
}

const exited = (child) =>
  new Promise((done) => ((child.exitCode ?? child.signalCode) ? done() : child.once("exit", done)));

class Drill {
  folder = mkdtempSync(join(tmpdir(), "tactus-drill-"));
  hearing = new Hearing(join(this.folder, "state"));
  line = new Line();
  /** Ids of beats seen in the outbox. */
  committed = new Set();
  counts = { agent: 0, cloud: 0, device: 0, line: 0, hang: 0 };
  /** Sessions of hearing that came and went while no agent ran. */
  unheard = 0;
  /** When each killed agent was started and when it was killed: epoch milliseconds. */
  lives = [];
  #session = 0;

  async start() {
    mkdirSync(join(this.folder, "state"));
    await this.line.start();
    await this.startCloud();
    await this.hearing.start();
    this.startAgent();
  }

  async startCloud() {
    const args = [
      "bin/tactus.mjs",
      "cloud",
      "--data-dir",
      join(this.folder, "cloud"),
      "--port",
      "0",
      "--mqtt-port",
      "0",
    ];
    this.cloud = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "ignore"] });
    let said = "";
    this.cloud.stdout.on("data", (chunk) => {
      said += chunk;
    });
    while (!/Access /.test(said)) await sleep(20);
    this.url = /(http:\/\/\S+)/.exec(said)[1];
    this.line.target = Number(/mqtt:\/\/[^:]+:(\d+)/.exec(said)[1]);
    this.token ??= await passwordFor("drill.box", this.url, join(this.folder, "cloud"));
  }

  startAgent() {
    const session = `agent${++this.#session}`;
    const cloud = { url: `mqtt://127.0.0.1:${this.line.port}`, username: "drill.box", password: this.token };
    const mqtt = { host: "127.0.0.1", pairingCode: "none-here" };
    const config = DeviceConfig.parse({
      ...ADDRESS,
      stateDir: join(this.folder, "state"),
      cloud,
      mqtt,
      logLevel: "error",
    });
    this.startedAt = Date.now();
    this.agent = fork("device/dist/agent/main.js");
    const own = ownSettings(config);
    const order = { config, own, artifactDir: "", session, sessionNumber: this.#session, internalPassword: "x" };
    this.agent.send({ kind: "start", ...order, timeFloorMs: 0 });
    const facts = { ...UNKNOWN_FACTS, hearing: "up", capture: "running" };
    this.agent.send({ kind: "facts", facts: { ...facts, brokerPort: this.hearing.port } });
  }

  async hit() {
    const chance = random();
    const what =
      chance < 0.45 ? "agent" : chance < 0.75 ? "cloud" : chance < 0.85 ? "line" : chance < 0.92 ? "hang" : "device";
    this.counts[what]++;
    this.readOutbox();
    if (what === "line") this.line.cut();
    if (what === "hang") this.line.hang(1000 + random() * 4000);
    if (what === "cloud") {
      this.cloud.kill("SIGKILL");
      await exited(this.cloud);
      await this.startCloud();
    }
    if (what === "agent" || what === "device") {
      this.agent.kill("SIGKILL");
      this.lives.push({ from: this.startedAt, to: Date.now() });
      if (what === "device") await this.hearing.reborn();
      await exited(this.agent);
      if (what === "device") await this.liveWithoutAgent();
      this.readOutbox();
      this.startAgent();
    }
  }

  /** Hearing goes on for a while, and is killed again or not. */
  async liveWithoutAgent() {
    for (let lives = Math.floor(random() * 3); lives > 0; lives--) {
      await sleep(random() * 1000);
      await this.hearing.reborn();
      this.unheard++;
    }
    await sleep(random() * 500);
  }

  /** Every beat in it, also of the batch that still grows. Returns how many there are. */
  readOutbox() {
    const db = new Database(join(this.folder, "state/outbox.db"));
    const rows = db.prepare("SELECT payload FROM waiting").all();
    for (const { payload } of rows) for (const { beatId } of decodeHistory(payload).beats) this.committed.add(beatId);
    db.close();
    return rows.length;
  }

  async drained() {
    const deadline = performance.now() + 600_000;
    while (performance.now() < deadline) {
      if (this.readOutbox() === 0) return;
      await sleep(500);
    }
    throw new Error("The outbox did not drain within ten minutes");
  }

  async stop() {
    this.agent.kill("SIGTERM");
    this.cloud.kill("SIGTERM");
    await Promise.all([exited(this.agent), exited(this.cloud)]);
    this.hearing.stop();
    this.line.stop();
  }
}

/** How long before each kill the newest beat fell that the agent had kept: [worst, lives too short to have kept any]. */
function tailsMs(stored, due, lives) {
  const kept = stored.map((id) => due.get(id)).sort((one, other) => one - other);
  const tails = lives.map(({ from, to }) => {
    const newest = kept.findLast((at) => at <= to);
    return newest >= from ? to - newest : undefined;
  });
  const known = tails.filter((tail) => tail !== undefined);
  return [Math.max(0, ...known), tails.length - known.length];
}

/** Ids of the beats that the cloud kept, one for each time that it kept it, and the size of its file. */
function storedIn(file) {
  const tables = new HistoryTables(openHistorySync(file));
  tables.foldAll();
  const { firstUs, lastUs } = tables.extent("drill.box");
  const ids = [];
  for (let fromUs = firstUs; fromUs <= lastUs; fromUs += 10_000_000) {
    const { beats } = tables.beats("drill.box", { fromUs, toUs: fromUs + 10_000_000, skip: 0, limit: 1_000_000 });
    for (const { beatId } of beats) ids.push(beatId);
  }
  const { bytes } = tables.state().gauges;
  tables.close();
  return { ids, bytes };
}

function judge(drill, total) {
  const { due } = drill.hearing;
  const { ids: stored, bytes } = storedIn(join(drill.folder, "cloud/history.db"));
  const ids = new Set(stored);
  const missing = [...due.keys()].filter((id) => !ids.has(id));
  const checks = [
    ["every committed beat is in history", [...drill.committed].every((id) => ids.has(id))],
    ["no beat is there twice", ids.size === stored.length],
    ["received is what is stored", total.received === stored.length],
    ["produced is what was announced", total.produced === due.size],
    ["produced = received + lost + unaccounted", total.waiting === 0],
    ["what is missing is in the ledger, to the beat", missing.length === total.lost + total.unaccounted],
  ];
  console.log(`announced ${due.size}, seen in the outbox ${drill.committed.size}, in history ${stored.length}`);
  const { counts, unheard } = drill;
  console.log(`killed or cut: ${JSON.stringify(counts)}, ${unheard} sessions of hearing without an agent`);
  console.log(`ledger: ${JSON.stringify(total)}`);
  const [tail, short] = tailsMs([...ids], due, drill.lives);
  console.log(
    `missing ${missing.length}: before a kill the last ${tail.toFixed(0)} ms at most, the others while no agent ran`,
  );
  console.log(`agents killed before their first commit: ${short}`);
  console.log(`history.db ${(bytes / stored.length).toFixed(1)} bytes a beat`);
  for (const [what, isTrue] of checks) console.log(`${isTrue ? "ok  " : "FAIL"} ${what}`);
  return checks.every(([, isTrue]) => isTrue);
}

const drill = new Drill();
await drill.start();
const end = performance.now() + MINUTES * 60_000;
let hits = 0;
while (performance.now() < end || hits < KILLS) {
  await sleep(((MINUTES * 60_000) / KILLS) * (0.5 + random()) * 0.8);
  if (hits < KILLS) await drill.hit();
  hits++;
}
await sleep(5000); // the last agent hears beats again
drill.hearing.silence();
await sleep(2000);
await drill.drained();
const answer = await (await fetch(`${drill.url}/api/v1/devices/drill.box/ledger`)).json();
await drill.stop();
const isGood = judge(drill, answer.total);
rmSync(drill.folder, { recursive: true });
process.exit(isGood ? 0 : 1);
