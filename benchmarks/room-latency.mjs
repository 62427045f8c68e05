/**
 * From a sound in a virtual room to the page, stage by stage: a PulseAudio null sink is the room, `tactus device` captures it
 * through PortAudio, `tactus cloud` forwards it, a WebSocket is the page.
 *
 *     node benchmarks/room-latency.mjs [--seconds 60]
 *
 * Every clock is this machine's. "room → stamp" compares the announced times with the beats `tactus track` finds in the same
 * file, laid at the moment each sample was written into the room: it holds what the virtual path adds, and what `captureOffsetMs`
 * is for. Needs pulseaudio, pulseaudio-utils, libasound2-plugins and ffmpeg.
 */
import { execFileSync, spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import mqtt from "mqtt";
import { WebSocket } from "ws";
import { passwordFor } from "./device-login.mjs";

const { values } = parseArgs({ options: { seconds: { type: "string", default: "60" } } });
const SECONDS = Number(values.seconds);
const RECORDING = "examples/recording/escape-from-chaosland.ogg";
const RATE = 44100;
const CHUNK = 441;

const sleep = (seconds) => new Promise((resolve) => setTimeout(resolve, seconds * 1000));
const nowMs = () => performance.timeOrigin + performance.now();

function freePort() {
  return new Promise((resolve) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

async function startRoom(dir) {
  const socket = join(dir, "socket");
  const asound = join(dir, "asound.conf");
  const sink = "load-module module-null-sink sink_name=venue rate=44100 channels=2 format=s16le";
  const native = `load-module module-native-protocol-unix socket=${socket} auth-anonymous=1`;
  writeFileSync(
    join(dir, "pulse.pa"),
    `${native}\n${sink}\nset-default-sink venue\nset-default-source venue.monitor\n`,
  );
  writeFileSync(
    asound,
    '</usr/share/alsa/alsa.conf>\npcm.!default { type pulse device "venue.monitor" hint { show on description "Venue" } }\n',
  );
  const env = {
    ...process.env,
    HOME: dir,
    XDG_RUNTIME_DIR: dir,
    PULSE_SERVER: `unix:${socket}`,
    ALSA_CONFIG_PATH: asound,
  };
  const args = ["-n", "-F", join(dir, "pulse.pa"), "--daemonize=no", "--exit-idle-time=-1", "--use-pid-file=no"];
  const daemon = spawn("pulseaudio", args, { env, stdio: "ignore" });
  await sleep(2);
  return { env, daemon };
}

/** Writes the recording into the room at its own pace; resolves to the epoch milliseconds at which it began. */
function play(pcm, env) {
  const args = ["--raw", "-d", "venue", "--rate=44100", "--channels=2", "--format=s16le", "--latency-msec=10"];
  const player = spawn("pacat", args, { env, stdio: ["pipe", "ignore", "ignore"] });
  player.stdin.on("error", () => {}); // it is killed at the end
  const beganAt = nowMs();
  let written = 0;
  const timer = setInterval(() => {
    const due = Math.floor(((nowMs() - beganAt) / 1000) * RATE);
    while (written + CHUNK <= due) {
      const at = (written * 4) % (pcm.length - (pcm.length % (CHUNK * 4)));
      player.stdin.write(pcm.subarray(at, at + CHUNK * 4));
      written += CHUNK;
    }
  }, 5);
  return {
    beganAt,
    stop: () => {
      clearInterval(timer);
      player.kill("SIGTERM");
    },
  };
}

function quantiles(numbers) {
  const sorted = [...numbers].sort((a, b) => a - b);
  const at = (q) => (sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))] ?? Number.NaN).toFixed(1);
  return `p1 ${at(0.01)}  p50 ${at(0.5)}  p95 ${at(0.95)}  p99 ${at(0.99)} ms  (${sorted.length})`;
}

/** How much later than in the file each beat was said to fall: the middle of the nearest differences. */
function stampErrors(beats, { beganAt, expected, length }) {
  return [...beats.values()].map(({ dueAtMs }) => {
    const time = (dueAtMs - beganAt) / 1000;
    const inside = ((time % length) + length) % length;
    const nearest = expected.reduce((best, beat) => (Math.abs(beat - inside) < Math.abs(best - inside) ? beat : best));
    return (inside - nearest) * 1000;
  });
}

async function main() {
  const dir = mkdtempSync(join(tmpdir(), "tactus-room-"));
  const pcm = execFileSync("ffmpeg", ["-v", "error", "-i", RECORDING, "-f", "s16le", "-ac", "2", "-ar", "44100", "-"], {
    maxBuffer: 1 << 28,
  });
  const track = execFileSync(process.execPath, ["bin/tactus.mjs", "track", RECORDING]).toString();
  const expected = track.trim().split("\n").map((line) => Number(line.split("\t")[0])); // biome-ignore format: one line
  const [mqttPort, cloudMqtt, httpPort] = [await freePort(), await freePort(), await freePort()];
  const room = await startRoom(dir);
  const start = (args) => spawn(process.execPath, ["bin/tactus.mjs", ...args], { env: room.env, stdio: "ignore" });
  const cloudArgs = ["--data-dir", join(dir, "cloud"), "--port", String(httpPort), "--mqtt-port", String(cloudMqtt)];
  const cloud = start(["cloud", ...cloudArgs]);
  await sleep(3);
  const password = await passwordFor("local.box", `http://127.0.0.1:${httpPort}`, join(dir, "cloud"));
  const config = {
    stateDir: join(dir, "device"),
    backend: "naudiodon",
    logLevel: "warn",
    mqtt: { host: "127.0.0.1", port: mqttPort },
    cloud: { url: `mqtt://127.0.0.1:${cloudMqtt}`, username: "local.box", password },
  };
  writeFileSync(join(dir, "device.yaml"), JSON.stringify(config));
  const playing = play(pcm, room.env);
  const device = start(["device", "--config", join(dir, "device.yaml")]);
  await sleep(12);

  const local = new Map();
  const onPage = new Map();
  const stages = {};
  const client = mqtt.connect(`mqtt://127.0.0.1:${mqttPort}`, { protocolVersion: 4 });
  client.subscribe("tactus/v1/+/+/beat");
  client.on("message", (_topic, payload) => {
    const beat = JSON.parse(payload.toString());
    if (beat.state === "announced") local.set(beat.beatId, { at: nowMs(), dueAtMs: beat.dueAtUs / 1000 });
  });
  const page = new WebSocket(`ws://127.0.0.1:${httpPort}/api/v1/live`);
  page.on("open", () => page.send(JSON.stringify({ type: "watch", devices: ["local.box"] })));
  page.on("message", (data) => {
    const event = JSON.parse(data.toString());
    if (event.type === "beat" && event.data.state === "announced") onPage.set(event.data.beatId, nowMs());
    if (event.type === "telemetry") Object.assign(stages, event.data.latency);
  });
  await sleep(SECONDS);

  const length = Math.floor(pcm.length / (CHUNK * 4)) * (CHUNK / RATE);
  console.log("room → stamp  ", quantiles(stampErrors(local, { beganAt: playing.beganAt, expected, length })));
  for (const [stage, { p50, p99, max }] of Object.entries(stages)) {
    console.log(`${stage.padEnd(14)} p50 ${p50.toFixed(2)}  p99 ${p99.toFixed(2)}  max ${max.toFixed(2)} ms`);
  }
  const leads = [...local.values()].map(({ at, dueAtMs }) => dueAtMs - at);
  console.log("lead at MQTT  ", quantiles(leads));
  const common = [...onPage].filter(([id]) => local.has(id));
  console.log("MQTT → page   ", quantiles(common.map(([id, at]) => at - local.get(id).at)));
  console.log("lead on page  ", quantiles(common.map(([id, at]) => local.get(id).dueAtMs - at)));

  page.close();
  await client.endAsync();
  playing.stop();
  for (const child of [device, cloud]) {
    child.kill("SIGTERM");
    await new Promise((resolve) => child.once("exit", resolve));
  }
  room.daemon.kill("SIGKILL");
  rmSync(dir, { recursive: true, force: true });
  process.exit(0);
}

await main();
