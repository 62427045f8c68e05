/**
 * Rollouts over a simulated fleet: a deliberately worse model must be stopped by the gates before a tenth of the fleet has it
 * and be rolled back; an equal one must come through.
 *
 *     node benchmarks/rollout-drill.mjs [--devices 200] [--repeats 20] [--virtual 1000] [--seed 1] [--only real|virtual]
 *
 * First over real MQTT: a cloud in this process, a connection for each box, time compressed (a window of ten minutes of music
 * every tenth of a second, a soak of two seconds). Then through the same gates and plan in virtual time. Exits 1 when a worse
 * model came through, or when equal ones were stopped more often than alpha allows.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { createLog, loadConfig, startCloud } from "@tactus/cloud";
import { SimulatedUpdater } from "../cloud/test/simulated-updater.mjs";
import { AT_THE_EDGE, EQUAL, fleetOf, randomOf, SLIGHTLY_WORSE, virtualRollout, WORSE } from "./virtual-rollouts.mjs";

const { values } = parseArgs({
  options: {
    devices: { type: "string", default: "200" },
    repeats: { type: "string", default: "20" },
    virtual: { type: "string", default: "1000" },
    seed: { type: "string", default: "1" },
    only: { type: "string", default: "" },
  },
});
const [DEVICES, REPEATS, VIRTUAL, SEED] = [values.devices, values.repeats, values.virtual, values.seed].map(Number);
/** Five boxes each. */
const VENUES = Math.max(1, Math.round(DEVICES / 5));
const ALPHA = 0.01;
const EVERY_MS = 250;
const WINDOW_S = 600;
const ACTIVE = { name: "drill", version: "1.0.0" };
const SPEC = {
  model: "drill",
  phases: [
    { percent: 5, soakS: 2, gate: { musicHours: 4 } },
    { percent: 25, soakS: 2, gate: { musicHours: 20 } },
    { percent: 100, soakS: 2, gate: { musicHours: 50 } },
  ],
  switch: { when: "any", shadowS: 1800 },
  alpha: ALPHA,
};

/** What may be rolled out, in place of a signed repository: signatures are not what is drilled here. */
class Releases {
  versions = ["1.0.0"];
  list = async () => this.versions.map((version) => ({ name: "drill", version, state: "published" }));
}

class Drill {
  async start() {
    this.dataDir = await mkdtemp(join(tmpdir(), "tactus-drill-"));
    this.releases = new Releases();
    const config = await loadConfig(undefined, { dataDir: this.dataDir, host: "127.0.0.1", port: 0, mqttPort: 0 });
    config.rollouts = { tickS: 0.25, blockS: WINDOW_S, unreachableAfterS: 30 };
    const onFatal = (error) => console.error(error);
    this.cloud = await startCloud(config, { log: createLog("silent"), onFatal, models: this.releases });
  }

  async populate(random) {
    const fleet = fleetOf(random, { devices: DEVICES, venues: VENUES });
    const placements = fleet.map(({ deviceId }) => ({ device: deviceId, name: "", tags: [], by: "drill" }));
    const logins = await this.cloud.identity.provision(placements, { replace: true });
    this.models = new Map([[ACTIVE.version, EQUAL]]);
    this.boxes = fleet.map(({ deviceId, room }, k) => {
      const kindOf = ({ version }) => this.models.get(version) ?? EQUAL;
      return new SimulatedUpdater({
        mqttUrl: this.cloud.mqttUrl,
        deviceId,
        password: logins[k].password,
        active: ACTIVE,
        health: (model) => room.window(kindOf(model), "", WINDOW_S),
        shadow: (model) => room.shadow(kindOf(model), `${model.name} ${model.version}`),
      });
    });
    for (const box of this.boxes) await box.connect();
    for (const box of this.boxes) {
      box.play(EVERY_MS);
      await sleep(EVERY_MS / this.boxes.length);
    }
  }

  async call(method, path, body) {
    const headers = {
      authorization: `Bearer ${this.cloud.adminToken}`,
      ...(body ? { "content-type": "application/json" } : {}),
    };
    const response = await fetch(`${this.cloud.url}${path}`, { method, headers, body: body && JSON.stringify(body) });
    const answer = await response.json();
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${answer.detail}`);
    return answer;
  }

  /** One rollout to its end, and back where it is to go back. */
  async rollOut(version, kind) {
    this.models.set(version, kind);
    this.releases.versions.unshift(version);
    const { id } = await this.call("POST", "/api/v1/rollouts", { ...SPEC, version });
    const having = () => this.boxes.filter(({ active }) => active.version === version).length;
    let most = 0;
    let rollout;
    const deadline = Date.now() + 240_000;
    do {
      await sleep(50);
      most = Math.max(most, having());
      rollout = (await this.call("GET", "/api/v1/rollouts")).rollouts.find((one) => one.id === id);
    } while (rollout.state === "running" && Date.now() < deadline);
    while (rollout.state === "aborted" && having() > 0 && Date.now() < deadline) await sleep(50);
    const detail = await this.call("GET", `/api/v1/rollouts/${id}`);
    const end = detail.decisions.at(-1);
    const music = /([\d.]+) h of music/.exec(end.reason)?.[1];
    return { state: rollout.state, share: most / DEVICES, left: having(), reason: end.reason, music };
  }

  async stop() {
    for (const box of this.boxes ?? []) await box.disconnect();
    await this.cloud.stop();
    await rm(this.dataDir, { recursive: true, force: true });
  }
}

const percent = (share) => `${(share * 100).toFixed(1)} %`;
const countOf = (runs, state) => runs.filter((run) => run.state === state).length;
let failed = false;

async function realDrill() {
  const drill = new Drill();
  await drill.start();
  try {
    await drill.populate(randomOf(SEED));
    await sleep(12 * EVERY_MS); // a past of twelve windows
    const runs = { worse: [], equal: [] };
    for (let repeat = 0; repeat < REPEATS; repeat++) {
      for (const [name, kind] of [
        ["worse", WORSE],
        ["equal", EQUAL],
      ]) {
        const begunAt = Date.now();
        const run = await drill.rollOut(`2.${repeat}.${name === "worse" ? 0 : 1}`, kind);
        runs[name].push(run);
        const seconds = ((Date.now() - begunAt) / 1000).toFixed(1);
        console.log(
          `  ${name} ${repeat + 1}: ${run.state}, ${percent(run.share)} had it, ${run.left} have it now, ${seconds} s: ${run.reason}`,
        );
      }
    }
    const missed = REPEATS - countOf(runs.worse, "aborted");
    const stopped = countOf(runs.equal, "aborted");
    const shares = runs.worse.map(({ share }) => share);
    const notBack = runs.worse.filter(({ left }) => left > 0).length;
    console.log(`over MQTT, ${DEVICES} boxes, ${REPEATS} times each:`);
    console.log(
      `  worse: ${missed} missed, ${notBack} not rolled back; had it at most: mean ${percent(mean(shares))}, worst ${percent(Math.max(...shares))}`,
    );
    console.log(`  equal: ${stopped} stopped, ${countOf(runs.equal, "completed")} completed`);
    failed ||= missed > 0 || notBack > 0 || Math.max(...shares) >= 0.1 || stopped > Math.max(1, 3 * ALPHA * REPEATS);
    failed ||= countOf(runs.equal, "completed") + stopped < REPEATS;
  } finally {
    await drill.stop();
  }
}

const mean = (numbers) => numbers.reduce((sum, one) => sum + one, 0) / Math.max(1, numbers.length);

function virtualDrill() {
  const kinds = {
    equal: EQUAL,
    worse: WORSE,
    "slightly worse": SLIGHTLY_WORSE,
    "at the edge of what is allowed": AT_THE_EDGE,
  };
  console.log(`in virtual time, ${DEVICES} boxes, ${VIRTUAL} times each, looked at every ten minutes of music:`);
  for (const [name, model] of Object.entries(kinds)) {
    for (const shadow of [true, false]) {
      const runs = Array.from({ length: VIRTUAL }, (_, k) =>
        virtualRollout({
          seed: SEED * 100_003 + k,
          model,
          shadow,
          devices: DEVICES,
          venues: VENUES,
          spec: { alpha: ALPHA },
        }),
      );
      const shares = runs.map(({ share }) => share);
      const [aborted, completed, held] = ["aborted", "completed", "running"].map((state) => countOf(runs, state));
      console.log(
        `  ${name}${shadow ? "" : ", without shadows"}: ${aborted} stopped, ${completed} completed, ${held} held back; had it at most: mean ${percent(mean(shares))}, worst ${percent(Math.max(...shares))}; music with it ${mean(runs.map(({ musicHours }) => musicHours)).toFixed(1)} h; ${mean(runs.map(({ looks }) => looks)).toFixed(0)} looks`,
      );
      if (name === "equal") failed ||= aborted > Math.max(1, 2 * ALPHA * VIRTUAL);
      if (name === "worse") failed ||= completed > 0 || Math.max(...shares) >= 0.1;
    }
  }
}

if (values.only !== "virtual") await realDrill();
if (values.only !== "real") virtualDrill();
if (failed) {
  console.error("The drill failed: see above");
  process.exitCode = 1;
}
