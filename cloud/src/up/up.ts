/** `tactus up`: the cloud in this process, beside it one device that plays the bundled recording, and a bridge with a small rig. */
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { type DeviceAddress, type DeviceCredentials, topicOf, UnavailableError } from "@tactus/shared";
import { stringify as toYaml } from "yaml";
import { type CloudConfig, loadConfig } from "../config.js";
import { deviceIdOf } from "../device-id.js";
import { nextFreePort } from "../listen.js";
import { createLog } from "../log.js";
import { type RunningCloud, startCloud } from "../runtime.js";
import { TactusProcess } from "./child-process.js";
import { DEMO_RIG, VIRTUAL_RIG } from "./demo-rig.js";

export interface UpOptions {
  /** What the device hears; absent = the bundled recording. */
  source?: string;
  /** Port of the page, or the next free one. Default 8080. */
  port?: number;
  /** Default ".tactus". */
  stateDir?: string;
  say(line: string): void;
}

const BIN = fileURLToPath(new URL("../../../bin/tactus.mjs", import.meta.url));
const RECORDING = fileURLToPath(new URL("../../../examples/recording/escape-from-chaosland.ogg", import.meta.url));
const DEVICE: DeviceAddress = { venue: "local", device: "demo" };
const HOST = "127.0.0.1";
const START_TIMEOUT_MS = 90_000;

/** Runs until SIGINT or SIGTERM; resolves after everything has stopped. Throws when a part cannot start or dies. */
export async function runUp({ source = RECORDING, port = 8080, stateDir = ".tactus", say }: UpOptions): Promise<void> {
  const folder = join(stateDir, "up");
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const config = await cloudConfig(stateDir, port, say);
  const stop = stopOnSignal();
  const log = createLog("warn");
  const cloud = await startCloud(config, { log, onFatal: (error) => stop.abort(error) });
  const localPort = await freePort("The device's MQTT", 1883, say);
  const bridgeLogin = { username: "bridge", password: randomBytes(16).toString("hex") };
  const device = new TactusProcess({
    name: "device",
    bin: BIN,
    args: await deviceArgs({ source, folder, cloud, localPort, bridgeLogin }),
    logFile: join(folder, "device.log"),
  });
  const bridge = new TactusProcess({
    name: "bridge",
    bin: BIN,
    args: await bridgeArgs({ folder, localPort, bridgeLogin }),
    logFile: join(folder, "bridge.log"),
  });
  try {
    say("Starting the cloud, a device and a bridge …");
    for (const child of [device, bridge]) {
      await child.start();
      void child.lost().then((error) => stop.abort(error));
    }
    if (await isUp(cloud, stop.signal)) announce({ cloud, localPort, source, stateDir, say });
    if (!stop.signal.aborted) await once(stop.signal, "abort");
    say("Stopping …");
  } finally {
    await bridge.stop();
    await device.stop();
    await cloud.stop();
  }
  if (stop.signal.reason instanceof UnavailableError) throw stop.signal.reason;
}

function stopOnSignal(): AbortController {
  const stop = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => stop.abort());
  return stop;
}

async function cloudConfig(stateDir: string, port: number, say: UpOptions["say"]): Promise<CloudConfig> {
  return loadConfig(undefined, {
    dataDir: join(stateDir, "cloud"),
    host: HOST,
    port: await freePort("The page's", port, say),
    mqttPort: await freePort("The cloud's MQTT", 1884, say),
  });
}

async function freePort(whose: string, wanted: number, say: UpOptions["say"]): Promise<number> {
  const port = await nextFreePort({ host: HOST, port: wanted });
  if (port !== wanted) say(`${whose} port ${wanted} is taken: using ${port}.`);
  return port;
}

interface DeviceArgs {
  source: string;
  folder: string;
  cloud: RunningCloud;
  localPort: number;
  bridgeLogin: { username: string; password: string };
}

async function deviceArgs({ source, folder, cloud, localPort, bridgeLogin }: DeviceArgs): Promise<string[]> {
  const file = join(folder, "device.yaml");
  const settings = {
    ...DEVICE,
    name: source === RECORDING ? "Demo room" : `Demo room (${source})`.slice(0, 80),
    stateDir: join(folder, "device"),
    mqtt: { host: HOST, port: localPort, credentials: [bridgeLogin] },
    cloud: { url: cloud.url },
    logLevel: "warn",
  };
  await giveLogin(cloud, settings.stateDir);
  const head = "# Written by `tactus up` at every start.\n";
  await writeFile(file, head + toYaml(settings), { mode: 0o600 });
  const loop = existsSync(source) ? ["--loop"] : [];
  return ["device", "--config", file, "--source", source, ...loop];
}

/** A new login at every start: the cloud's data may have been deleted meanwhile. */
async function giveLogin(cloud: RunningCloud, deviceDir: string): Promise<void> {
  const place = { device: deviceIdOf(DEVICE), name: "", tags: [], by: "tactus up" };
  const [login] = await cloud.identity.provision([place], { replace: true });
  if (!login) return;
  const { username, password } = login;
  const urls = { mqttUrl: cloud.mqttUrl, httpUrl: cloud.url };
  const credentials: DeviceCredentials = { v: 1, ...DEVICE, username, password, ...urls };
  await mkdir(deviceDir, { recursive: true, mode: 0o700 });
  await writeFile(join(deviceDir, "credentials.json"), `${JSON.stringify(credentials)}\n`, { mode: 0o600 });
}

async function bridgeArgs({ folder, localPort, bridgeLogin }: Omit<DeviceArgs, "source" | "cloud">): Promise<string[]> {
  const file = join(folder, "bridge.yaml");
  const settings = {
    mqtt: { url: `mqtt://${HOST}:${localPort}`, ...bridgeLogin, ...DEVICE },
    stateDir: join(folder, "bridge"),
    outputs: { [VIRTUAL_RIG]: { type: "mqtt", rigRateHz: 25 } },
    rig: DEMO_RIG,
    logLevel: "warn",
  };
  const head = "# Written by `tactus up` at every start; copy it to .tactus/bridge.yaml to make it yours.\n";
  await writeFile(file, head + toYaml(settings), { mode: 0o600 });
  return ["bridge", "--config", file];
}

/** False when it was stopped before. Throws UnavailableError when the device does not come. */
async function isUp(cloud: RunningCloud, stop: AbortSignal): Promise<boolean> {
  const deadline = Date.now() + START_TIMEOUT_MS;
  while (!stop.aborted) {
    if (cloud.board.detail(deviceIdOf(DEVICE))?.state === "online") return true;
    if (Date.now() > deadline)
      throw new UnavailableError(`The device did not reach the cloud in ${START_TIMEOUT_MS / 1000} s`);
    await sleep(100);
  }
  return false;
}

interface Announcement extends Required<Pick<UpOptions, "source" | "stateDir" | "say">> {
  cloud: RunningCloud;
  localPort: number;
}

function announce({ cloud, localPort, source, stateDir, say }: Announcement): void {
  const heard = source === RECORDING ? '"Escape from Chaosland" by Sectoid, again and again' : source;
  say("");
  say(`  Page    ${cloud.url}/devices/${deviceIdOf(DEVICE)}`);
  say(`  Hears   ${heard}`);
  say(`  Beats   mosquitto_sub -h ${HOST} -p ${localPort} -t '${topicOf(DEVICE, "beat")}'`);
  say(`  State   ${stateDir} (and only this machine can reach any of it)`);
  say("");
  say("Ctrl-C stops everything.");
}
