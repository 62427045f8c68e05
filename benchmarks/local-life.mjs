/**
 * Beats of a room while everything around them is taken away, for as long as wanted: a real device plays a recording, a
 * subscriber on its local broker counts, and cloud, way to the cloud, agent and disk fail one after the other.
 *
 *     node benchmarks/local-life.mjs [--minutes 10] [--source <file>]
 *
 * Prints how many beats were heard, what was missed, how late announcements came, and the ledger; exits 1 when a number is
 * missing or the ledger does not add up. The disk fails only for root (a mount namespace).
 */
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { connect as connectTcp, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { connectAsync } from "mqtt";
import { provisionDevices } from "../device/dist/simulate/provision.js";

const { values } = parseArgs({
  options: {
    minutes: { type: "string", default: "10" },
    source: { type: "string", default: "examples/recording/escape-from-chaosland.ogg" },
  },
});
const folder = mkdtempSync(join(tmpdir(), "tactus-local-life-"));
const stateDir = join(folder, "state");
mkdirSync(stateDir);
const ownDisk = spawnSync("unshare", ["-m", "true"]).status === 0;
if (!ownDisk) console.log("no mount namespace here (only root may have one): full and read-only disk not tried");

async function saidBy(child, pattern) {
  let said = "";
  child.stdout.on("data", (chunk) => {
    said += chunk;
  });
  while (!pattern.test(said)) {
    if (child.exitCode !== null) throw new Error(`It ended: ${said}`);
    await sleep(50);
  }
  return said;
}

const cloud = { ports: ["0", "0"] };
async function startCloud() {
  const [port, mqttPort] = cloud.ports;
  const args = [
    "bin/tactus.mjs",
    "cloud",
    "--data-dir",
    join(folder, "cloud"),
    "--port",
    port,
    "--mqtt-port",
    mqttPort,
  ];
  cloud.child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "ignore"] });
  const said = await saidBy(cloud.child, /Access/);
  cloud.url = /(http:\/\/127[\d.:]+)/.exec(said)[1];
  cloud.ports = [new URL(cloud.url).port, new URL(/(mqtt:\/\/[\d.:]+)/.exec(said)[1]).port];
}
await startCloud();

/** The way to the cloud: `isHung` = it carries nothing. */
const line = { sockets: new Set(), isHung: false };
line.server = createServer((near) => {
  const far = connectTcp(Number(cloud.ports[1]), "127.0.0.1");
  for (const [from, to] of [
    [near, far],
    [far, near],
  ]) {
    line.sockets.add(from);
    from.on("error", () => {}).on("data", (chunk) => line.isHung || to.destroyed || to.write(chunk));
    from.once("close", () => line.sockets.delete(from) && to.destroy());
  }
});
line.server.listen(0, "127.0.0.1");
await once(line.server, "listening");
line.cut = () => line.sockets.forEach((socket) => void socket.destroy());

const adminToken = readFileSync(join(folder, "cloud/admin-token"), "utf8").trim();
const [login] = await provisionDevices({
  cloudUrl: cloud.url,
  adminToken,
  devices: [{ venue: "club", device: "booth" }],
});
const settings = {
  ...{ venue: "club", device: "booth", source: values.source, loop: true, stateDir },
  mqtt: { host: "127.0.0.1", port: 0, webSocketPort: 0 },
  cloud: { url: `mqtt://127.0.0.1:${line.server.address().port}`, username: login.username, password: login.password },
};
writeFileSync(join(folder, "device.yaml"), JSON.stringify(settings)); // JSON is YAML
const mount = `mount -t tmpfs -o size=24m,mode=700 tmpfs ${stateDir} && exec "$0" "$@"`;
const wrapper = ownDisk ? ["unshare", "-m", "sh", "-c", mount] : [];
const command = [...wrapper, process.execPath, "bin/tactus.mjs", "device", "--config", join(folder, "device.yaml")];
const device = spawn(command[0], command.slice(1), { stdio: ["ignore", "pipe", "pipe"] });
let log = "";
device.stderr.on("data", (chunk) => {
  log += chunk;
});
const port = Number(/mqtt:\/\/127\.0\.0\.1:(\d+)/.exec(await saidBy(device, /pairing/))[1]);
const pidsOf = (name) =>
  log
    .split("\n")
    .filter((entry) => entry.startsWith("{") && entry.endsWith("}"))
    .map((entry) => JSON.parse(entry))
    .filter((entry) => entry.process === name && entry.msg === "Process started")
    .map(({ pid }) => pid);
const inside = (...args) => spawnSync("nsenter", ["-t", String(device.pid), "-m", ...args]);

/** Beat id -> its number, when it was due, how long before that it was first heard of. */
const beats = new Map();
const client = await connectAsync({ host: "127.0.0.1", port, protocolVersion: 4 });
client.on("message", (_topic, payload) => {
  const { beatId, dueAtUs, state } = JSON.parse(String(payload));
  const aheadMs = dueAtUs / 1000 - (performance.timeOrigin + performance.now());
  const known = beats.get(beatId);
  beats.set(beatId, { dueAtUs, state, aheadMs: known?.aheadMs ?? aheadMs, number: Number(beatId.split("-").at(-1)) });
});
await client.subscribeAsync("tactus/v1/club/booth/beat");

const TROUBLE = {
  "cloud killed": async () => {
    cloud.child.kill("SIGKILL");
    await sleep(5000);
    await startCloud();
  },
  "line cut": async () => line.cut(),
  "line hangs": async () => {
    line.isHung = true;
    await sleep(8000);
    line.isHung = false;
  },
  "agent killed": async () => process.kill(pidsOf("agent").at(-1), "SIGKILL"),
  "agent stopped": async () => {
    const pid = pidsOf("agent").at(-1);
    process.kill(pid, "SIGSTOP");
    await sleep(8000);
    if (pidsOf("agent").at(-1) === pid) process.kill(pid, "SIGCONT");
  },
  ...(ownDisk && {
    "disk full": async () => {
      inside("sh", "-c", `cat /dev/zero > ${stateDir}/filler 2>/dev/null`);
      await sleep(5000);
      inside("rm", `${stateDir}/filler`);
    },
    "disk read-only": async () => {
      // Only while nobody has a file open for writing: in the moment after the agent was killed.
      process.kill(pidsOf("agent").at(-1), "SIGKILL");
      while (inside("mount", "-o", "remount,ro,size=24m", stateDir).status !== 0) await sleep(20);
      await sleep(8000);
      inside("mount", "-o", "remount,rw,size=24m", stateDir);
    },
  }),
};
const end = performance.now() + Number(values.minutes) * 60_000;
let rounds = 0;
while (performance.now() < end) {
  for (const [what, happen] of Object.entries(TROUBLE)) {
    const before = beats.size;
    await happen();
    await sleep(4000);
    console.log(`${what}: ${beats.size - before} beats meanwhile`);
  }
  rounds++;
}

const ledger = async () => (await (await fetch(`${cloud.url}/api/v1/devices/club.booth/ledger`)).json()).total;
const quietFrom = performance.now();
let total = await ledger();
while (total.waiting > 0 && performance.now() - quietFrom < 120_000) {
  await sleep(1000);
  total = await ledger();
}
await client.endAsync(true);
device.kill("SIGTERM");
await once(device, "exit");
cloud.child.kill("SIGTERM");
line.cut();
line.server.close();
const heard = [...beats.values()].sort((one, other) => one.number - other.number);
const missing = heard.at(-1).number - heard[0].number + 1 - heard.length;
const ahead = heard.map(({ aheadMs }) => aheadMs).sort((one, other) => one - other);
const pauses = heard.map(({ dueAtUs }, index) => (dueAtUs - (heard[index - 1]?.dueAtUs ?? dueAtUs)) / 1e6);
console.log(
  `${rounds} rounds of ${Object.keys(TROUBLE).length} troubles, hearing started ${pidsOf("hearing").length} time(s)`,
);
console.log(
  `${heard.length} beats heard, ${missing} numbers missing, longest pause ${Math.max(...pauses).toFixed(2)} s`,
);
console.log(
  `announced before they fell: ${ahead.filter((ms) => ms > 0).length} of ${ahead.length}, p1 ${ahead[Math.floor(ahead.length / 100)].toFixed(0)} ms ahead`,
);
console.log(`ledger ${JSON.stringify(total)}`);
const isGood =
  missing === 0 && pidsOf("hearing").length === 1 && total.produced === total.received + total.lost + total.unaccounted;
console.log(isGood ? "ok" : "FAIL");
rmSync(folder, { recursive: true });
process.exit(isGood ? 0 : 1);
