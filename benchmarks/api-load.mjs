/**
 * How fast the API answers while many ask: mixed real routes at a fixed rate, whatever the answers take (open loop), over a store of
 * ten million beats. Each time counts from when the request was due, so that a stall is not hidden.
 *
 *     node benchmarks/api-load.mjs [--rate 500] [--seconds 60] [--warm 5] [--keys 5] [--store ~/.cache/tactus/api-10m]
 *
 * The store is made once by `history-store.mjs make` with the cloud's own tables; the cloud runs on a copy of it, as a process of its
 * own with its own logins: five API keys ask, as pages and programs do. Needs what `npm run build` makes.
 */
import { execFileSync } from "node:child_process";
import { copyFileSync, existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { Agent, request } from "node:http";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { startCloud } from "./cloud-process.mjs";

const { values } = parseArgs({
  options: {
    rate: { type: "string", default: "500" },
    seconds: { type: "string", default: "60" },
    warm: { type: "string", default: "5" },
    keys: { type: "string", default: "5" },
    store: { type: "string", default: join(homedir(), ".cache", "tactus", "api-10m") },
  },
});
const MAKER = fileURLToPath(new URL("history-store.mjs", import.meta.url));
const DEVICES = Array.from({ length: 16 }, (_, index) => `venue${Math.floor(index / 4)}.box${index % 4}`);
/** Of the store: all devices end here, and have some 13 days each. */
const END_MS = Date.parse("2026-11-20T00:00:00Z");
const HOUR_MS = 3_600_000;

let seed = 1;
const random = () => {
  seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
  return seed / 2 ** 32;
};
const any = (list) => list[Math.floor(random() * list.length)];
const past = () => END_MS - Math.floor(random() * 12 * 24) * HOUR_MS;
const range = (hours) => {
  const to = past();
  return `from=${to - hours * HOUR_MS}&to=${to}`;
};

/** Weights as of a dashboard's pages, programs that read, and a few changes. */
const ROUTES = [
  [20, "devices", () => ({ path: "/api/v1/devices?limit=50&sort=-lastSeen" })],
  [20, "device", () => ({ path: `/api/v1/devices/${any(DEVICES)}` })],
  [12, "history 1 h", () => ({ path: `/api/v1/devices/${any(DEVICES)}/history?${range(1)}` })],
  [6, "history 24 h", () => ({ path: `/api/v1/devices/${any(DEVICES)}/history?${range(24)}` })],
  [2, "history 10 d", () => ({ path: `/api/v1/devices/${any(DEVICES)}/history?${range(240)}` })],
  [6, "beats 1 min", () => ({ path: `/api/v1/devices/${any(DEVICES)}/beats?${range(1 / 60)}&limit=200` })],
  [4, "ledger", () => ({ path: `/api/v1/devices/${any(DEVICES)}/ledger` })],
  [6, "telemetry", () => ({ path: `/api/v1/devices/${any(DEVICES)}/telemetry` })],
  [6, "alerts", () => ({ path: "/api/v1/alerts?state=open&limit=50" })],
  [4, "config", () => ({ path: `/api/v1/devices/${any(DEVICES)}/config` })],
  [4, "twin", () => ({ path: `/api/v1/devices/${any(DEVICES)}/twin` })],
  [3, "venue", () => ({ path: `/api/v1/venues/venue${Math.floor(random() * 4)}` })],
  [2, "rollouts", () => ({ path: "/api/v1/rollouts?limit=20" })],
  [2, "models", () => ({ path: "/api/v1/models" })],
  [2, "who am I", () => ({ path: "/api/v1/auth" })],
  [
    1,
    "change config",
    () => ({
      path: `/api/v1/devices/${any(DEVICES)}/config`,
      method: "PATCH",
      body: { leadMs: 150 + Math.floor(random() * 100) },
    }),
  ],
];
const TOTAL = ROUTES.reduce((sum, [weight]) => sum + weight, 0);
function anyRoute() {
  let at = random() * TOTAL;
  for (const [weight, name, make] of ROUTES) {
    at -= weight;
    if (at < 0) return { name, ...make() };
  }
  return { name: "who am I", path: "/api/v1/auth" };
}

/** Ada, her keys, and the devices that the store has beats of. */
async function furnish(url, token) {
  const send = async (path, body, headers) => {
    const response = await fetch(`${url}${path}`, {
      method: "POST",
      headers: { "content-type": "application/json", ...headers },
      body: JSON.stringify(body),
    });
    if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
    return response;
  };
  const admin = { authorization: `Bearer ${token}` };
  await send("/api/v1/devices", { devices: DEVICES.map((id) => ({ id, tags: ["bench"] })) }, admin);
  const session = await send("/api/v1/auth/begin", { name: "Ada", password: "correct horse battery" }, admin);
  const cookie = session.headers.get("set-cookie").split(";")[0];
  const keys = [];
  for (let index = 0; index < Number(values.keys); index++) {
    const made = await send(
      "/api/v1/keys",
      { name: `bench ${index}`, scopes: ["read", "operate", "manage"] },
      { cookie },
    );
    keys.push((await made.json()).secret);
  }
  return keys;
}

const agent = new Agent({ keepAlive: true, maxSockets: 256 });
function ask(url, key, { path, method = "GET", body }) {
  return new Promise((resolve) => {
    const headers = { authorization: `Bearer ${key}`, ...(body ? { "content-type": "application/json" } : {}) };
    const asked = request(`${url}${path}`, { method, agent, headers }, (response) => {
      response.on("end", () => resolve(response.statusCode));
      response.on("error", () => resolve(0));
      response.resume();
    });
    asked.on("error", () => resolve(0));
    asked.end(body && JSON.stringify(body));
  });
}

/** Every request at its own instant, however long the others take. */
async function load(url, keys, { rate, seconds }) {
  const results = [];
  const open = new Set();
  const began = performance.now();
  for (let count = 0; count < rate * seconds; ) {
    const due = Math.floor(((performance.now() - began) / 1000) * rate);
    for (; count < Math.min(due, rate * seconds); count++) {
      const dueAt = began + (count / rate) * 1000;
      const route = anyRoute();
      const sent = performance.now();
      const done = ask(url, any(keys), route).then((status) => {
        open.delete(done);
        results.push({ name: route.name, status, ms: performance.now() - dueAt, lateMs: sent - dueAt });
      });
      open.add(done);
    }
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  await Promise.all(open);
  return { results, seconds: (performance.now() - began) / 1000 };
}

const told = (times) => {
  const sorted = [...times].sort((a, b) => a - b);
  const at = (share) => (sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0).toFixed(1);
  return `p50 ${at(0.5)}, p95 ${at(0.95)}, p99 ${at(0.99)}, max ${at(1)} ms`;
};

if (!existsSync(join(values.store, "history.db"))) {
  execFileSync(process.execPath, [MAKER, "make", "--beats", "10e6", "--devices", "16", "--store", values.store], {
    stdio: "inherit",
  });
}
const dataDir = mkdtempSync(join(tmpdir(), "tactus-api-load-"));
copyFileSync(join(values.store, "history.db"), join(dataDir, "history.db"));
const { child, url } = await startCloud(dataDir);
try {
  const keys = await furnish(url, readFileSync(join(dataDir, "admin-token"), "utf8").trim());
  const rate = Number(values.rate);
  await load(url, keys, { rate: rate / 2, seconds: Number(values.warm) });
  const cpu = process.cpuUsage();
  const { results, seconds } = await load(url, keys, { rate, seconds: Number(values.seconds) });
  const own = process.cpuUsage(cpu);
  const bad = results.filter(({ status }) => status < 200 || status > 299);
  console.log(
    `${results.length} requests in ${seconds.toFixed(1)} s = ${Math.round(results.length / seconds)}/s, ${bad.length} not 2xx`,
  );
  for (const status of new Set(bad.map((one) => one.status))) {
    const those = bad.filter((one) => one.status === status);
    console.log(`  ${status}: ${those.length}, of ${[...new Set(those.map(({ name }) => name))].join(", ")}`);
  }
  console.log(`all: ${told(results.map(({ ms }) => ms))}`);
  for (const [, name] of ROUTES) {
    const times = results.filter((one) => one.name === name).map(({ ms }) => ms);
    console.log(`  ${name.padEnd(14)} ${String(times.length).padStart(6)}  ${told(times)}`);
  }
  console.log(
    `generator: late by ${told(results.map(({ lateMs }) => lateMs))}; CPU ${((own.user + own.system) / 1e4 / seconds).toFixed(0)} %`,
  );
} finally {
  child.removeAllListeners("exit");
  const gone = new Promise((resolve) => child.on("exit", resolve));
  child.kill("SIGTERM");
  await gone;
  rmSync(dataDir, { recursive: true });
}
process.exit(0);
