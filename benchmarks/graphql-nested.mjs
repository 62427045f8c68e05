/**
 * The nested track query against the seven REST calls that it replaces, over loopback HTTP on the same data:
 * `node benchmarks/graphql-nested.mjs [rounds] [rtt]` (default 300, 0). `rtt`: milliseconds that each call waits more, as if
 * over a network of such a round trip (connections are open already). The cloud is a process of its own. Sequential: as a page does that
 * needs one answer to ask the next; parallel: what does not wait for another answer at once (track, versions and telemetry, then
 * the four of the versions).
 */
import { mkdtemp, rm } from "node:fs/promises";
import { Agent, request } from "node:http";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { setTimeout as sleep } from "node:timers/promises";
import { fleetTables, openFleetSync } from "../cloud/dist/store/fleet-tables.js";
import { fillTracks } from "../cloud/test/track-library.mjs";
import { startCloud } from "./cloud-process.mjs";

const rounds = Number(process.argv[2] ?? 300);
const rttMs = Number(process.argv[3] ?? 0);
const TRACKS = 200;
const WARM_UP = 50;
const QUERY = `query($id: ID!) { track(id: $id) {
  details { id number title artist durationMs sha256 addedUs addedBy }
  versions { id track version model modelVersion state reason createdUs tookMs
    artifacts { kind sha256 bytes path } metrics { name value } }
  telemetry(last: 100) { play device atUs receivedAtUs message } } }`;

const agent = new Agent({ keepAlive: true, maxSockets: 8 });

async function call(url, body) {
  if (rttMs > 0) await sleep(rttMs);
  const headers = body ? { "content-type": "application/json", accept: "application/json" } : {};
  return new Promise((resolve, reject) => {
    const sent = request(url, { agent, method: body ? "POST" : "GET", headers }, (answer) => {
      const chunks = [];
      answer.on("data", (chunk) => chunks.push(chunk));
      answer.on("end", () => {
        const text = Buffer.concat(chunks).toString();
        if (answer.statusCode === 200) resolve({ bytes: text.length, value: JSON.parse(text) });
        else reject(new Error(`${answer.statusCode} ${text.slice(0, 200)}`));
      });
    });
    sent.on("error", reject);
    sent.end(body && JSON.stringify(body));
  });
}

const nested = (url, id) => call(`${url}/graphql`, { query: QUERY, variables: { id } });
const ofVersions = (path, versions) =>
  versions.flatMap(({ version }) => [`${path}/versions/${version}/artifacts`, `${path}/versions/${version}/metrics`]);

async function sequential(url, id) {
  const path = `${url}/api/v1/tracks/${id}`;
  const answers = [await call(path), await call(`${path}/versions`)];
  for (const one of ofVersions(path, answers[1].value.versions)) answers.push(await call(one));
  answers.push(await call(`${path}/telemetry?last=100`));
  return summed(answers);
}

async function parallel(url, id) {
  const path = `${url}/api/v1/tracks/${id}`;
  const first = Promise.all([call(path), call(`${path}/telemetry?last=100`)]);
  const versions = await call(`${path}/versions`);
  const rest = await Promise.all(ofVersions(path, versions.value.versions).map((one) => call(one)));
  return summed([...(await first), versions, ...rest]);
}

const summed = (answers) => ({ calls: answers.length, bytes: answers.reduce((sum, { bytes }) => sum + bytes, 0) });

function quantile(sorted, share) {
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))];
}

async function main() {
  const dataDir = await mkdtemp(join(tmpdir(), "tactus-graphql-"));
  const db = openFleetSync(join(dataDir, "fleet.db"));
  const ids = fillTracks(fleetTables(db), { tracks: TRACKS, versions: 2, plays: 30 });
  db.close();
  const { child, url } = await startCloud(dataDir);
  try {
    const ways = { nested, sequential, parallel };
    const taken = Object.fromEntries(Object.keys(ways).map((name) => [name, []]));
    let last = {};
    for (let round = -WARM_UP; round < rounds; round++) {
      for (const [name, way] of Object.entries(ways)) {
        const id = ids[(round + WARM_UP) % ids.length];
        const startedMs = performance.now();
        last = { ...last, [name]: await way(url, id) };
        if (round >= 0) taken[name].push(performance.now() - startedMs);
      }
    }
    report(taken, last);
  } finally {
    child.kill("SIGTERM");
    await new Promise((resolve) => child.once("exit", resolve));
    agent.destroy();
    await rm(dataDir, { recursive: true, force: true });
  }
}

function report(taken, last) {
  const cores = `${cpus().length} cores, ${cpus()[0]?.model}`;
  console.log(
    `${TRACKS} tracks, 2 versions, 100 summaries each; ${rounds} rounds, ${rttMs} ms of network; Node ${process.version}, ${cores}`,
  );
  const of = {};
  for (const [name, values] of Object.entries(taken)) {
    values.sort((a, b) => a - b);
    of[name] = { p50: quantile(values, 0.5), p95: quantile(values, 0.95) };
    const { calls = 1, bytes } = last[name];
    console.log(
      `${name.padEnd(10)} ${calls} calls, ${bytes} bytes: p50 ${of[name].p50.toFixed(2)} ms, p95 ${of[name].p95.toFixed(2)} ms`,
    );
  }
  for (const name of ["sequential", "parallel"]) {
    const ratio = (key) => (of[name][key] / of.nested[key]).toFixed(2);
    console.log(`${name} / nested: median ${ratio("p50")} x, p95 ${ratio("p95")} x`);
  }
}

await main();
