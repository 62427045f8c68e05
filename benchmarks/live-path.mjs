/**
 * What the live path costs: `tactus device` on the bundled recording at live pace, against a broker that plays the cloud.
 *
 *     node benchmarks/live-path.mjs [--seconds 120] [--load] [--watched]
 *
 * Prints CPU (share of one core, from /proc), resident memory and hop times of hearing and agent, and the lead at an
 * MQTT client. --load keeps every core busy meanwhile; --watched has somebody look at the device's page, so that levels and
 * activations go up too.
 */
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { Aedes } from "aedes";
import mqtt from "mqtt";

const { values } = parseArgs({
  options: {
    seconds: { type: "string", default: "120" },
    load: { type: "boolean", default: false },
    watched: { type: "boolean", default: false },
  },
});
const SECONDS = Number(values.seconds);
const WARM_UP_S = 20;
const TICKS_PER_SECOND = 100;

const sleep = (seconds) => new Promise((resolve) => setTimeout(resolve, seconds * 1000));
const quantile = (sorted, q) => sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))];

/** A broker that takes everything the agent says and keeps the telemetry. */
async function startCloud(telemetry) {
  const broker = await Aedes.createBroker();
  broker.on("publish", ({ topic, payload }) => {
    if (topic.endsWith("/status") && values.watched) watch(broker, topic.replace(/status$/, "watch"));
    if (topic.endsWith("/telemetry")) telemetry.push(JSON.parse(payload.toString()));
  });
  const server = createServer(broker.handle);
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { broker, server, port: server.address().port };
}

function watch(broker, topic) {
  const payload = JSON.stringify({ v: 1, forS: 300 });
  setImmediate(() => broker.publish({ cmd: "publish", topic, payload, qos: 0, retain: false, dup: false }, () => {}));
}

async function freePort() {
  const server = createServer();
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** The processes below `pid`: [{ pid, name }]. */
function childrenOf(pid) {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim().split(" ").filter(Boolean);
  return children.map((child) => {
    const command = readFileSync(`/proc/${child}/cmdline`, "utf8");
    return { pid: child, name: /(hearing|agent)/.exec(command)?.[1] ?? "other" };
  });
}

function cpuSeconds(pid) {
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1].split(" ");
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
}

const residentMb = (pid) => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))[1]) / 1024;

function burners() {
  return Array.from({ length: availableParallelism() }, () => spawn(process.execPath, ["-e", "for(;;);"]));
}

async function main() {
  const dir = mkdtempSync(join(tmpdir(), "tactus-bench-"));
  const telemetry = [];
  const cloud = await startCloud(telemetry);
  const port = await freePort();
  writeFileSync(
    join(dir, "device.yaml"),
    JSON.stringify({
      source: "examples/recording/escape-from-chaosland.ogg",
      loop: true,
      stateDir: join(dir, "state"),
      logLevel: "warn",
      mqtt: { host: "127.0.0.1", port },
      cloud: { url: `mqtt://127.0.0.1:${cloud.port}` },
    }),
  );
  const device = spawn(process.execPath, ["bin/tactus.mjs", "device", "--config", join(dir, "device.yaml")], {
    stdio: ["ignore", "ignore", "inherit"],
  });
  const busy = values.load ? burners() : [];
  await sleep(WARM_UP_S);
  const client = mqtt.connect(`mqtt://127.0.0.1:${port}`, { protocolVersion: 4 });
  const leads = [];
  client.subscribe("tactus/v1/+/+/beat");
  client.on("message", (_topic, payload) => {
    const beat = JSON.parse(payload.toString());
    if (beat.state === "announced") leads.push(beat.dueAtUs / 1000 - Date.now());
  });
  const processes = childrenOf(device.pid);
  const before = new Map(processes.map(({ pid }) => [pid, cpuSeconds(pid)]));
  telemetry.length = 0;
  await sleep(SECONDS);
  let cpu = 0;
  let memory = 0;
  for (const { pid, name } of processes) {
    const share = ((cpuSeconds(pid) - before.get(pid)) / SECONDS) * 100;
    console.log(`${name.padEnd(8)} ${share.toFixed(2)} % of one core, ${residentMb(pid).toFixed(0)} MB resident`);
    cpu += share;
    memory += residentMb(pid);
  }
  console.log(`together ${cpu.toFixed(2)} % of one core, ${memory.toFixed(0)} MB resident`);
  const last = telemetry.at(-1);
  if (last) {
    for (const [stage, { p50, p99, max }] of Object.entries(last.latency)) {
      console.log(`${stage.padEnd(8)} p50 ${p50.toFixed(2)} p99 ${p99.toFixed(2)} max ${max.toFixed(2)} ms`);
    }
    console.log(`hops ${last.hops}, late ${last.lateHops}, xruns ${last.xruns}`);
  }
  leads.sort((a, b) => a - b);
  console.log(
    `lead at an MQTT client: p1 ${quantile(leads, 0.01).toFixed(0)} p5 ${quantile(leads, 0.05).toFixed(0)} p50 ${quantile(leads, 0.5).toFixed(0)} ms, ${leads.length} beats`,
  );
  await client.endAsync();
  for (const one of busy) one.kill("SIGKILL");
  device.kill("SIGTERM");
  await new Promise((resolve) => device.once("exit", resolve));
  cloud.server.close();
  cloud.broker.close();
  rmSync(dir, { recursive: true, force: true });
  process.exit(0);
}

await main();
