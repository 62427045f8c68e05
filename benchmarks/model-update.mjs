/**
 * What an update of the model costs a box, and what it survives.
 *
 *     node benchmarks/model-update.mjs [--every=1] [--music=60]        (needs npm run build; --every=0 leaves out the kills)
 *
 * 1. An update is killed at every change of the disk (before it, and in the middle of what is written): how often does a
 *    working model come up, and does the update go through later?
 * 2. A real device, playing the bundled recording, is given another model: the longest gap between beats at the switch, beside
 *    the longest without one; the cost of the shadow in per cent of a core; late hops.
 */
import { spawn } from "node:child_process";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { Aedes } from "aedes";
import mqtt from "mqtt";
import { KillMatrix, modelFolder } from "../device/test/kill-matrix.mjs";

const option = (name, value) =>
  Number(process.argv.find((arg) => arg.startsWith(`--${name}=`))?.split("=")[1] ?? value);
const EVERY = option("every", 1);
const MUSIC_S = option("music", 60);
const fromRoot = (path) => fileURLToPath(new URL(`../${path}`, import.meta.url));
const TICKS = 100; // of the kernel's clock, per second

if (EVERY > 0) await kills();
await device();

async function kills() {
  const matrix = new KillMatrix();
  await matrix.prepare();
  const sum = { kills: 0, working: 0, completed: 0 };
  const versions = {};
  for (let at = 1, isOver = false; !isOver; at += EVERY) {
    for (const how of ["before", "half"]) {
      const result = await matrix.kill({ at, how }).catch((error) => ({ error }));
      isOver ||= result.isOver === true;
      if (result.isOver) continue;
      sum.kills++;
      if (result.came) sum.working++;
      if (result.code === 0 && result.ends === "9.9.9") sum.completed++;
      else console.log(`change ${at}, ${how}:`, result);
      versions[result.came] = (versions[result.came] ?? 0) + 1;
    }
  }
  await matrix.tidy();
  console.log(`kills ${sum.kills}, working model ${sum.working}, update completed later ${sum.completed}`);
  console.log(`what came up: ${JSON.stringify(versions)}`);
}

async function device() {
  const folder = await mkdtemp(join(tmpdir(), "tactus-update-"));
  await modelFolder(join(folder, "models"), ["9.9.9"]);
  const cloud = await broker();
  const box = await startBox(folder, cloud.port);
  const beats = [];
  const client = await mqtt.connectAsync(`mqtt://127.0.0.1:${box.port}`, { protocolVersion: 4 });
  client.on("message", (_topic, payload) => beats.push(JSON.parse(payload.toString())));
  await client.subscribeAsync("tactus/v1/club/booth/beat");
  await sleep(5000);
  cloud.want({ shadowS: MUSIC_S, probationS: 30 });
  const marks = await follow(cloud, box.child.pid);
  await sleep(3000);
  report(beats, marks);
  client.end(true);
  box.child.kill("SIGTERM");
  await new Promise((done) => box.child.once("exit", done));
  await cloud.close();
  await rm(folder, { recursive: true });
}

/** When each state was told, and what the trial took of the processor while it heard along. */
async function follow(cloud, supervisor) {
  const marks = {};
  const use = { cpu: 0, wall: 0, residentMb: 0 };
  let before;
  while (!marks.committed) {
    await sleep(500);
    const state = cloud.told?.models?.update?.state;
    if (state) marks[state] ??= Date.now();
    if (["failed", "refused", "rolled-back"].includes(state)) throw new Error(JSON.stringify(cloud.told.models));
    const now = state === "shadow" ? await trialOf(supervisor) : undefined;
    if (now && before?.pid === now.pid) {
      use.cpu += now.cpu - before.cpu;
      use.wall += now.at - before.at;
      use.residentMb = Math.max(use.residentMb, now.residentMb);
    }
    before = now;
  }
  return { ...marks, use, models: cloud.told.models };
}

function report(beats, { probation, committed, use, models }) {
  const last = new Map(beats.map((beat) => [beat.beatId, beat]));
  const dues = [...last.values()].filter(({ state }) => state !== "withdrawn").map(({ dueAtUs }) => dueAtUs / 1000);
  dues.sort((a, b) => a - b);
  const gaps = dues.slice(1).map((due, k) => ({ at: due, ms: due - dues[k] }));
  const longest = (some) => Math.round(Math.max(0, ...some.map(({ ms }) => ms)));
  // The new model hears along for 20 s before it takes over.
  const isSwitch = ({ at }) => at > probation && at < Math.min(committed, probation + 30_000);
  console.log(`beats ${dues.length}; hearing sessions ${new Set([...last.keys()].map((id) => id.split("-")[0])).size}`);
  console.log(
    `longest gap around the switch ${longest(gaps.filter(isSwitch))} ms, at other times ${longest(gaps.filter((gap) => !isSwitch(gap)))} ms`,
  );
  console.log(
    `shadow: ${((100 * use.cpu) / use.wall).toFixed(1)} % of a core, ${Math.round(use.residentMb)} MB, over ${Math.round(use.wall)} s`,
  );
  console.log(JSON.stringify(models.update));
}

async function startBox(folder, cloudPort) {
  const config = {
    venue: "club",
    device: "booth",
    source: fromRoot("examples/recording/escape-from-chaosland.ogg"),
    loop: true,
    stateDir: join(folder, "state"),
    mqtt: { host: "127.0.0.1", port: 0 },
    cloud: { url: `mqtt://127.0.0.1:${cloudPort}`, username: "club.booth", password: "token" },
    updates: { folder: join(folder, "models") },
  };
  await writeFile(join(folder, "device.yaml"), JSON.stringify(config)); // JSON is YAML
  const child = spawn(
    process.execPath,
    [fromRoot("bin/tactus.mjs"), "device", "--config", join(folder, "device.yaml")],
    {
      stdio: ["ignore", "pipe", "ignore"],
    },
  );
  let text = "";
  child.stdout.on("data", (more) => {
    text += more;
  });
  while (!text.includes("pairing")) await sleep(100);
  return { child, port: Number(/mqtt:\/\/127\.0\.0\.1:(\d+)/.exec(text)[1]) };
}

/** Processor seconds of the trial process of this box, or undefined. */
async function trialOf(supervisor) {
  for (const pid of (await readdir("/proc")).filter((name) => /^\d+$/.test(name))) {
    const [stat, title] = await Promise.all([
      readFile(`/proc/${pid}/stat`, "utf8").catch(() => ""),
      readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => ""),
    ]);
    if (!title.startsWith("tactus trial")) continue;
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    if ((await parentOf(fields[1])) !== String(supervisor)) continue;
    const cpu = (Number(fields[11]) + Number(fields[12])) / TICKS;
    return { pid, cpu, at: performance.now() / 1000, residentMb: (Number(fields[21]) * 4096) / 1e6 };
  }
  return undefined;
}

async function parentOf(pid) {
  const stat = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => "");
  return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1];
}

/** A cloud as far as this needs one: it says what it wants, and reads what is reported. */
async function broker() {
  const aedes = await Aedes.createBroker();
  const server = createServer((socket) => aedes.handle(socket));
  await new Promise((done) => server.listen(0, "127.0.0.1", done));
  const cloud = {
    port: server.address().port,
    told: undefined,
    want: (how) => {
      const moment = { when: "now", windows: [], lockExpiresS: 0 };
      const model = { name: "tactus-beat", version: "9.9.9", rollout: "bench", switch: moment, ...how };
      const payload = JSON.stringify({ v: 1, version: 1, config: {}, model });
      aedes.publish(
        { cmd: "publish", topic: "tactus/v1/club/booth/twin/desired", payload, qos: 1, retain: true },
        () => {},
      );
    },
    close: async () => {
      await new Promise((done) => aedes.close(done));
      server.close();
    },
  };
  aedes.on("publish", ({ topic, payload }) => {
    if (topic.endsWith("/twin/reported")) cloud.told = JSON.parse(payload.toString());
  });
  return cloud;
}
