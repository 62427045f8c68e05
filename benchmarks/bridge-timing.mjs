/**
 * How exactly a beat leaves the machine: `tactus device` on the bundled recording at live pace, `tactus bridge` with an Art-Net
 * output, and a raw socket that stamps each packet in the kernel. Error = stamp minus announced due time.
 *
 *     node benchmarks/bridge-timing.mjs [--seconds 120] [--load] [--universes 1] [--latency 0]
 *
 * --load keeps every core busy meanwhile. The light that is looked at is a dimmer that pulses on the beat: the packet of a beat is
 * the first in which it is brighter again. Needs python3 and UDP port 6454 on 127.0.0.9.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import mqtt from "mqtt";

const { values } = parseArgs({
  options: {
    seconds: { type: "string", default: "120" },
    load: { type: "boolean", default: false },
    universes: { type: "string", default: "1" },
    latency: { type: "string", default: "0" },
  },
});
const SECONDS = Number(values.seconds);
const LATENCY_MS = Number(values.latency);
const WARM_UP_S = 12;
const RECEIVER = "127.0.0.9";
const MATCH_MS = 150;
const RISE = 40;

const BIN = fileURLToPath(new URL("../bin/tactus.mjs", import.meta.url));
const RECORDING = fileURLToPath(new URL("../examples/recording/escape-from-chaosland.ogg", import.meta.url));
const STAMPS = fileURLToPath(new URL("packet-stamps.py", import.meta.url));
const TREE = "tactus/v1/local/bench";

const sleep = (seconds) => new Promise((resolve) => setTimeout(resolve, seconds * 1000));
const quantile = (sorted, q) => sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))] ?? Number.NaN;
const nowUs = () => (performance.timeOrigin + performance.now()) * 1000;
const running = [];

function start(args, { file = process.execPath, log = "ignore" } = {}) {
  const child = spawn(file, args, { stdio: ["ignore", "pipe", log] });
  running.push(child);
  return child;
}

/** The first line of a program's output that matches. */
async function line(child, pattern) {
  for await (const text of createInterface({ input: child.stdout })) {
    const found = pattern.exec(text);
    if (found) return found;
  }
  throw new Error(`A program ended before it said ${pattern}`);
}

async function startDevice(folder) {
  const config = join(folder, "device.yaml");
  const settings = {
    venue: "local",
    device: "bench",
    stateDir: join(folder, "device"),
    logLevel: "error",
    mqtt: { host: "127.0.0.1", port: 0, pairingCode: "bench-code" },
  };
  writeFileSync(config, JSON.stringify(settings));
  const device = start([BIN, "device", "--config", config, "--source", RECORDING, "--loop"], { log: "inherit" });
  const [, port] = await line(device, /mqtt:\/\/127\.0\.0\.1:(\d+)/);
  return `mqtt://127.0.0.1:${port}`;
}

async function startBridge(folder, url) {
  const config = join(folder, "bridge.yaml");
  const count = Number(values.universes);
  const fixtures = Array.from({ length: count }, (_, index) => ({
    name: `lamp-${index + 1}`,
    profile: "dimmer",
    universe: index + 1,
    channel: 1,
  }));
  const settings = {
    mqtt: { url, username: "pairing", password: "bench-code", venue: "local", device: "bench" },
    stateDir: join(folder, "bridge"),
    logLevel: "error",
    outputs: { lamps: { type: "artnet", discovery: false, hosts: [RECEIVER], latencyMs: LATENCY_MS, frameRateHz: 40 } },
    rig: { fixtures, program: { looks: ["pulse"] } },
  };
  writeFileSync(config, JSON.stringify(settings)); // YAML is a superset
  await line(start([BIN, "bridge", "--config", config], { log: "inherit" }), /Outputs: /);
}

/** Packets in which the lamp became brighter, their kernel stamps in epoch microseconds. */
async function startReceiver() {
  const child = start([STAMPS, RECEIVER, "6454"], { file: "python3", log: "inherit" });
  const rises = [];
  let [before, ready] = [0, false];
  const isReady = new Promise((resolve) => {
    createInterface({ input: child.stdout }).on("line", (text) => {
      if (!ready) {
        ready = true;
        resolve();
        return;
      }
      const [stamp, value] = text.split(" ").map(Number);
      if (value - before > RISE) rises.push(stamp / 1000);
      before = value;
    });
  });
  await Promise.race([isReady, once(child, "exit").then(() => Promise.reject(new Error("The receiver ended")))]);
  return rises;
}

/** Due times as last announced, and how far the device's clock is from this machine's, by ping. */
function listen(url) {
  const client = mqtt.connect(url, { protocolVersion: 4, username: "pairing", password: "bench-code" });
  const heard = { dues: new Map(), offsets: [], states: [] };
  client.on("connect", () =>
    client.subscribe(["beat", "time/pong", "output/lamps/state"].map((leaf) => `${TREE}/${leaf}`)),
  );
  const ping = () =>
    client.publish(`${TREE}/time/ping`, JSON.stringify({ v: 1, client: "bench", sentAtUs: Math.round(nowUs()) }));
  const timer = setInterval(ping, 1000);
  client.on("message", (topic, payload) => {
    const message = JSON.parse(payload.toString());
    if (topic.endsWith("/beat")) {
      if (message.state === "withdrawn") heard.dues.delete(message.beatId);
      else heard.dues.set(message.beatId, message.dueAtUs);
    } else if (topic.endsWith("/state")) heard.states.push(message);
    else if (message.client === "bench") heard.offsets.push(offsetOf(message));
  });
  const stop = () => {
    clearInterval(timer);
    return client.endAsync(true);
  };
  return { heard, stop };
}

function offsetOf({ pingSentAtUs, receivedAtUs, sentAtUs }) {
  const back = nowUs();
  return { us: (receivedAtUs - pingSentAtUs + (sentAtUs - back)) / 2, roundTrip: back - pingSentAtUs };
}

function keepCoresBusy() {
  for (let core = 0; core < availableParallelism(); core++) start(["-e", "for (;;);"]);
}

function report({ heard, rises, from, to }) {
  const quick = [...heard.offsets]
    .sort((a, b) => a.roundTrip - b.roundTrip)
    .slice(0, Math.ceil(heard.offsets.length / 2));
  const offset = quantile(
    quick.map(({ us }) => us).sort((a, b) => a - b),
    0.5,
  );
  const dues = [...heard.dues.values()]
    .map((us) => us - offset - LATENCY_MS * 1000)
    .filter((us) => us > from && us < to);
  const errors = dues.map((due) => Math.min(...rises.map((at) => Math.abs(at - due))) / 1000);
  const signed = dues.map(
    (due) => rises.reduce((best, at) => (Math.abs(at - due) < Math.abs(best) ? at - due : best), Infinity) / 1000,
  );
  const matched = errors.filter((error) => error < MATCH_MS).sort((a, b) => a - b);
  const inside = rises.filter((at) => at > from && at < to).length;
  const ms = (value) => value.toFixed(3).padStart(8);
  const bias = quantile(
    signed.filter((error) => Math.abs(error) < MATCH_MS).sort((a, b) => a - b),
    0.5,
  );
  console.log(
    `${dues.length} beats announced, ${inside} pulses seen; ${dues.length - matched.length} beats moved by more than ${MATCH_MS} ms after the beat clock had filled them`,
  );
  console.log("|error| ms      p50      p95      p99      max   median (signed)");
  console.log(`       ${[0.5, 0.95, 0.99, 1].map((q) => ms(quantile(matched, q))).join(" ")} ${ms(bias)}`);
  const { jitter, cues } = heard.states.at(-1) ?? {};
  console.log(
    `inside the bridge: ${JSON.stringify({ jitter, cues })}; the device's clock is ${(offset / 1000).toFixed(2)} ms off`,
  );
}

async function main() {
  const folder = mkdtempSync(join(tmpdir(), "tactus-bench-"));
  try {
    const url = await startDevice(folder);
    const rises = await startReceiver();
    await startBridge(folder, url);
    const { heard, stop } = listen(url);
    if (values.load) keepCoresBusy();
    await sleep(WARM_UP_S);
    const from = nowUs();
    await sleep(SECONDS);
    const to = nowUs();
    await sleep(0.5);
    console.log(`${values.load ? "all cores loaded" : "no load added"}, ${values.universes} universe(s), ${SECONDS} s`);
    report({ heard, rises, from, to });
    await stop();
  } finally {
    for (const child of running) child.kill("SIGTERM");
    await Promise.all(running.map((child) => child.exitCode ?? child.signalCode ?? once(child, "exit")));
    rmSync(folder, { recursive: true, force: true });
  }
}

await main();
