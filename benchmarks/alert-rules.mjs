/**
 * What the alert rules cost: time of a status, of a telemetry message and of a second's tick, with 10,000 devices that are well,
 * with 1,000 of them in trouble, and in a mass outage. Run: node benchmarks/alert-rules.mjs [devices]
 */
import { AlertWatch } from "../cloud/dist/alerts/alert-watch.js";
import { statusObservations, telemetryObservations } from "../cloud/dist/alerts/observations.js";
import { RuleBook } from "../cloud/dist/alerts/rule-book.js";

const DEVICES = Number(process.argv[2] ?? 10_000);
const stage = { p50: 1, p99: 2, max: 5 };
const latency = { capture: stage, frontend: stage, model: stage, decoder: stage, hop: stage };
const status = (change = {}) => ({
  ...{ v: 1, session: "s", sessionNumber: 1, state: "online", sentAtUs: 1, name: "", version: "", model: "" },
  ...{ hearing: "up", capture: "running", source: "", conditions: [] },
  ...change,
});
const telemetry = (second, temperatureC) => ({
  ...{
    v: 1,
    session: "s",
    sentAtUs: 1,
    uptimeS: second,
    cpu: 0.03,
    residentMb: 120,
    hops: second * 50,
    lateHops: 0,
    xruns: 0,
  },
  ...{ latency, crashes: 0, temperatureC, diskFreeMb: 9000 },
});

const ids = Array.from({ length: DEVICES }, (_, index) => `venue-${index % 500}.box-${index}`);
const scopes = ["fleet", "venue:venue-1", "tag:beta"].map((scope) => ({
  scope,
  settings: { rules: { hot: { raise: 85, clear: 80 } }, hours: null, mute: null },
}));

function room({ scopes: set = [] } = {}) {
  let changes = 0;
  const book = new RuleBook({ tagsOf: () => ["beta"] });
  book.load(set);
  const watch = new AlertWatch({ book, onChange: () => changes++ });
  return { watch, counters: new Map(), changes: () => changes };
}

function time(what, count, work) {
  const start = performance.now();
  work();
  const ms = performance.now() - start;
  console.log(
    `${what.padEnd(58)} ${ms.toFixed(1).padStart(8)} ms ${((ms * 1000) / count).toFixed(2).padStart(8)} us each`,
  );
}

function hear({ watch, counters }, second, hotEvery) {
  for (const [index, id] of ids.entries()) {
    const message = telemetry(second, hotEvery > 0 && index % hotEvery === 0 ? 90 : 60);
    const { observations, memory } = telemetryObservations(message, counters.get(id), second * 1e6);
    counters.set(id, memory);
    watch.observe(id, observations, second * 1e6);
  }
}

for (const [name, set] of [
  ["defaults", []],
  ["three layers of overrides", scopes],
]) {
  console.log(`\n${DEVICES} devices, ${name}`);
  const here = room({ scopes: set });
  const { watch } = here;
  let second = 1000;
  watch.tick(second * 1e6);
  hear(here, second, 0);
  time("a status of every device, all well", DEVICES, () => {
    for (const id of ids) watch.observe(id, statusObservations(status()), second * 1e6);
  });
  time("telemetry of every device, all well", DEVICES, () => hear(here, ++second, 0));
  time(`3,600 ticks of a second, ${watch.size} states followed`, 3600, () => {
    for (let index = 0; index < 3600; index++) watch.tick(++second * 1e6);
  });
  time("telemetry of every device, every tenth hot", DEVICES, () => hear(here, ++second, 10));
  time(`the ticks of 5 minutes, ${watch.size} states followed`, 300, () => {
    for (let index = 0; index < 300; index++) watch.tick(++second * 1e6);
  });
  console.log(`  alerts raised: ${here.changes()}`);
  time("every device offline at once", DEVICES, () => {
    for (const id of ids) watch.observe(id, statusObservations(status({ state: "offline" })), second * 1e6);
  });
  let longest = 0;
  time(`the ticks of 3 minutes, ${watch.size} states followed`, 180, () => {
    for (let index = 0; index < 180; index++) {
      second++;
      for (let more = true; more; ) {
        const start = performance.now();
        more = watch.tick(second * 1e6);
        longest = Math.max(longest, performance.now() - start);
      }
    }
  });
  console.log(`  alerts raised: ${here.changes()}, the longest tick ${longest.toFixed(1)} ms`);
}
