/**
 * What one cloud process bears: simulated devices over real MQTT connections, in processes of their own.
 *
 *     node benchmarks/fleet-load.mjs [--devices 2000] [--seconds 60] [--playing 1] [--grid-every 10] [--storm] [--tls]
 *     node benchmarks/fleet-load.mjs --devices 200 --rate 150 [--seconds 30]     beats into the store, as fast as it takes them
 *
 * Prints what the cloud and the generator took, how long acknowledgements, a watched page and a small request waited, and
 * the account: every beat acknowledged, and the ledgers of all devices equal to what was produced. --storm kills the cloud
 * (kill -9) in the middle and starts it again: all devices come back at once. --profile <folder> writes a CPU profile of
 * the cloud. Exits 1 when beats are missing or a connected device is shown as offline.
 */
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import WebSocket from "ws";
import { openCloudFetch } from "../device/dist/identity/cloud-fetch.js";
import { emptyReport } from "../device/dist/simulate/fleet-counts.js";
import { LatencyHistogram } from "../device/dist/simulate/latency-histogram.js";
import { openFileLimit } from "../device/dist/simulate/open-files.js";
import { provisionDevices } from "../device/dist/simulate/provision.js";
import { namesOf, orderFor } from "../device/dist/simulate/simulate-options.js";
import { SimulatedFleet } from "../device/dist/simulate/simulated-fleet.js";

const text = (value) => ({ type: "string", default: value });
const { values } = parseArgs({
  options: {
    devices: text("2000"),
    seconds: text("60"),
    "grid-every": text("10"),
    rate: text("1"),
    ramp: { type: "string" },
    processes: { type: "string" },
    playing: text("1"),
    outages: text("none"),
    storm: { type: "boolean", default: false },
    tls: { type: "boolean", default: false },
    profile: { type: "string" },
  },
});
const [DEVICES, SECONDS, RATE] = [Number(values.devices), Number(values.seconds), Number(values.rate)];
const PROCESSES = Number(values.processes ?? Math.ceil(DEVICES / 4000));
const whole = (value) => Math.round(value).toLocaleString("en-US");

class Cloud {
  folder = mkdtempSync(join(tmpdir(), "tactus-load-"));
  #ports = ["0", "0"];

  async start() {
    const file = join(this.folder, "cloud.yaml");
    writeFileSync(file, `mqtt:\n  maxClients: 50000\nlogLevel: error\n${values.tls ? "tls: own\n" : ""}`);
    if (values.tls && !this.ca) this.#makeAuthority();
    const [port, mqttPort] = this.#ports;
    const node = values.profile ? ["--cpu-prof", `--cpu-prof-dir=${values.profile}`] : [];
    const args = ["bin/tactus.mjs", "cloud", "--config", file, "--data-dir", join(this.folder, "data")];
    const ports = ["--port", port, "--mqtt-port", mqttPort];
    this.child = spawn(process.execPath, [...node, ...args, ...ports], { stdio: ["ignore", "pipe", "inherit"] });
    let said = "";
    this.child.stdout.on("data", (chunk) => {
      said += chunk;
    });
    while (!/Access/.test(said)) {
      if (this.child.exitCode !== null) throw new Error(`The cloud ended: ${said}`);
      await sleep(20);
    }
    this.url = /(https?:\/\/127[\d.:]+)/.exec(said)[1];
    this.mqttUrl = /(mqtts?:\/\/[\d.:]+)/.exec(said)[1];
    this.#ports = [this.url, this.mqttUrl].map((url) => new URL(url).port);
    this.adminToken = readFileSync(join(this.folder, "data/admin-token"), "utf8").trim();
    this.#began = [performance.now(), this.#cpuS()];
  }

  #began = [0, 0];

  fetch = openCloudFetch({ access: () => ({ httpUrl: this.url, ca: this.ca, floorMs: 0 }) });

  #makeAuthority() {
    const folder = join(this.folder, "data");
    const args = ["bin/tactus.mjs", "cloud", "init", "--data-dir", folder, "--host", "127.0.0.1"];
    const { status, stderr } = spawnSync(process.execPath, args);
    if (status !== 0) throw new Error(String(stderr));
    this.ca = readFileSync(join(folder, "tls/ca-cert.pem"), "utf8");
  }

  /** Share of one core since its start or the call before, and resident MiB. */
  takeUsage() {
    const [at, cpu] = [performance.now(), this.#cpuS()];
    const share = (cpu - this.#began[1]) / ((at - this.#began[0]) / 1000);
    this.#began = [at, cpu];
    const resident = Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${this.child.pid}/status`, "utf8"))[1]) / 1024;
    return { share, resident };
  }

  #cpuS() {
    const fields = readFileSync(`/proc/${this.child.pid}/stat`, "utf8").split(") ")[1].split(" ");
    return (Number(fields[11]) + Number(fields[12])) / 100;
  }

  async get(path) {
    return JSON.parse(String((await this.fetch(path, { maxBytes: 2 ** 28 })).body));
  }

  async end(signal) {
    this.child.kill(signal);
    await once(this.child, "exit");
  }
}

/** A small request ten times a second: how long it waits is how long the cloud's event loop is busy. */
function probeOf(cloud) {
  const histogram = new LatencyHistogram();
  let worst = 0;
  const timer = setInterval(async () => {
    const began = performance.now();
    const answer = await cloud.fetch("/healthz").catch(() => undefined);
    if (!answer) return;
    worst = Math.max(worst, performance.now() - began);
    histogram.add(performance.now() - began);
  }, 100);
  return { histogram, worst: () => worst, stop: () => clearInterval(timer) };
}

/** A page that watches a few devices: from the device's sending of a beat to its arrival here. */
function pageOf(cloud, devices) {
  const histogram = new LatencyHistogram();
  const socket = new WebSocket(`${cloud.url.replace("http", "ws")}/api/v1/live`, { ca: cloud.ca });
  socket.on("open", () => socket.send(JSON.stringify({ type: "watch", devices })));
  socket.on("error", () => {});
  socket.on("message", (data) => {
    const message = JSON.parse(String(data));
    if (message.type !== "beat") return;
    const sentAtMs = message.data.dueAtUs / 1000 - message.data.dueInMs;
    histogram.add(performance.timeOrigin + performance.now() - sentAtMs);
  });
  return { histogram, stop: () => socket.terminate() };
}

const percentiles = (histogram) =>
  [0.5, 0.95, 0.99].map((share) => `p${share * 100} ${histogram.percentile(share)} ms`).join(", ");

async function ledgerSum(cloud, names) {
  const sum = { produced: 0, received: 0, lost: 0, unaccounted: 0, waiting: 0 };
  const waiting = [...names];
  const worker = async () => {
    for (let one = waiting.pop(); one; one = waiting.pop()) {
      const { total } = await cloud.get(`/api/v1/devices/${one.venue}.${one.device}/ledger`);
      for (const name of Object.keys(sum)) sum[name] += total[name] ?? 0;
    }
  };
  await Promise.all(Array.from({ length: 8 }, worker));
  return sum;
}

const limit = await openFileLimit();
console.log(`open files allowed: ${limit ?? "unknown"} (each device needs one in the cloud and one in its generator)`);
if (limit !== undefined && limit < DEVICES + 200) {
  console.error(`Not enough for ${DEVICES} devices: run "ulimit -n ${DEVICES + 1000}" first`);
  process.exit(1);
}

const cloud = new Cloud();
await cloud.start();
const names = namesOf({ devices: DEVICES, venues: Math.ceil(DEVICES / 20) });
let began = performance.now();
const logins = await provisionDevices({
  cloudUrl: cloud.url,
  adminToken: cloud.adminToken,
  ca: cloud.ca,
  devices: names,
});
console.log(`${whole(DEVICES)} devices provisioned in ${((performance.now() - began) / 1000).toFixed(1)} s`);
const flags = {
  devices: DEVICES,
  rate: RATE,
  past: RATE > 1 ? (SECONDS * RATE * 2) / 3600 : 0,
  outages: values.outages,
  ...{
    seed: "1",
    hours: "always",
    playing: Number(values.playing),
    clockErrors: 0,
    model: "tactus-beat 0.1.0",
    gridEvery: Number(values["grid-every"]),
  },
  ramp: Number(values.ramp ?? DEVICES / 400),
};
const nowUs = Date.now() * 1000;
const order = await orderFor(flags, { logins, mqttUrl: cloud.mqttUrl, ca: cloud.ca, nowUs });
let newest = emptyReport();
let highest = 0;
let ack = new LatencyHistogram();
const fleet = new SimulatedFleet({
  order,
  processes: PROCESSES,
  onReport: (report) => {
    newest = report;
    highest = Math.max(highest, report.cpu);
    ack.merge(report.ackMs);
  },
  onLost: (error) => {
    console.error(error.message);
    process.exit(1);
  },
});
const allConnected = async (withinS) => {
  const from = performance.now();
  while (newest.connected < DEVICES && performance.now() - from < withinS * 1000) await sleep(100);
  return (performance.now() - from) / 1000;
};

began = performance.now();
cloud.takeUsage();
fleet.start();
const took = await allConnected(180);
const connecting = cloud.takeUsage();
console.log(
  `connected ${whole(newest.connected)} in ${took.toFixed(1)} s (ramp ${flags.ramp} s): ` +
    `cloud ${Math.round(connecting.share * 100)} % of a core, ${whole(connecting.resident)} MB`,
);

await sleep(5000);
ack = new LatencyHistogram();
const [page, probe] = [
  pageOf(
    cloud,
    names.slice(0, 5).map(({ venue, device }) => `${venue}.${device}`),
  ),
  probeOf(cloud),
];
const before = newest.account;
const sinceMs = performance.now();
cloud.takeUsage();
await sleep(SECONDS * 1000);
const usage = cloud.takeUsage();
const seconds = (performance.now() - sinceMs) / 1000;
const perS = (name) => whole((newest.account[name] - before[name]) / seconds);
console.log(`live ${seconds.toFixed(0)} s: ${whole(newest.connected)} connected, links lost ${newest.disconnects}`);
console.log(`  beats        ${perS("produced")}/s produced, ${perS("acknowledged")}/s acknowledged`);
console.log(`  ack          ${percentiles(ack)} (from the first sending to the acknowledgement of its commit)`);
console.log(`  page         ${percentiles(page.histogram)} (${page.histogram.total} beats of five watched devices)`);
console.log(`  GET /healthz ${percentiles(probe.histogram)}, worst ${whole(probe.worst())} ms`);
console.log(`  cloud        ${Math.round(usage.share * 100)} % of a core, ${whole(usage.resident)} MB`);
console.log(
  `  generator    ${Math.round(newest.cpu * 100)} % of a core, ${whole(newest.residentMb)} MB, ${PROCESSES} processes`,
);
const askedAt = performance.now();
const listed = await cloud.get("/api/v1/devices?limit=100000").catch(() => ({ devices: [] }));
const online = (listed.devices ?? []).filter(({ state }) => state === "online").length;
console.log(`  device list  ${online} of ${listed.devices?.length} online, ${whole(performance.now() - askedAt)} ms`);
page.stop();
probe.stop();

if (values.storm) {
  await cloud.end("SIGKILL");
  const killedAt = performance.now();
  while (newest.connected > 0) await sleep(50);
  await cloud.start();
  const startedS = (performance.now() - killedAt) / 1000;
  const backS = await allConnected(300);
  const { share, resident } = cloud.takeUsage();
  console.log(
    `storm: cloud killed, up again after ${startedS.toFixed(1)} s, all ${whole(newest.connected)} back ${backS.toFixed(1)} s ` +
      `later: cloud ${Math.round(share * 100)} % of a core, ${whole(resident)} MB`,
  );
}

fleet.endMusic();
const drainFrom = performance.now();
await sleep(2500);
while (newest.waitingBatches > 0 && performance.now() - drainFrom < 180_000) await sleep(200);
console.log(`drained in ${((performance.now() - drainFrom) / 1000).toFixed(1)} s`);
const { account, reasons, waitingBatches } = await fleet.stop();
const ledger = await ledgerSum(cloud, names);
await cloud.end("SIGTERM");
rmSync(cloud.folder, { recursive: true });
console.log(
  `account ${JSON.stringify(account)}, batches waiting ${waitingBatches}, links ended ${JSON.stringify(reasons)}`,
);
console.log(`ledgers ${JSON.stringify(ledger)}`);
const checks = [
  [
    "everything was acknowledged",
    waitingBatches === 0 && account.acknowledged === account.produced - account.unaccounted,
  ],
  [
    "the ledgers hold exactly what was produced",
    ledger.produced === account.produced && ledger.received === account.acknowledged,
  ],
];
for (const [what, isTrue] of checks) console.log(`${isTrue ? "ok  " : "FAIL"} ${what}`);
process.exit(checks.every(([, isTrue]) => isTrue) ? 0 : 1);
