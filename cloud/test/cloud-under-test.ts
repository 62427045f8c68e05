/** A whole cloud on free ports with a data directory of its own, and how to talk to it. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import {
  type CloudConfig,
  createLog,
  type DeviceAnswer,
  loadConfig,
  type RunningCloud,
  startCloud,
} from "@tactus/cloud";

export interface CloudUnderTest extends RunningCloud {
  dataDir: string;
  /** JSON of a GET; throws when the status is not 2xx. */
  get<T>(path: string): Promise<T>;
  device(id: string): Promise<DeviceAnswer>;
  /** The login of the device "venue.device" at this cloud: provisioned when it is first asked for. */
  passwordOf(id: string): Promise<string>;
}

/** Differences from the defaults. */
type Settings = { requestsPerSecond?: number; identity?: Partial<CloudConfig["identity"]>; tls?: "own" };

const log = createLog("silent");

export async function newDataDir(): Promise<string> {
  return mkdtemp(join(tmpdir(), "tactus-cloud-"));
}

/** Stop it with `stop()`; the data directory stays for a second start. */
export async function startTestCloud(
  dataDir: string,
  port = 0,
  { requestsPerSecond, ...settings }: Settings = {},
): Promise<CloudUnderTest> {
  const loaded = await loadConfig(undefined, { dataDir, host: "127.0.0.1", port, mqttPort: 0 });
  const config = { ...loaded, ...settings, identity: { ...loaded.identity, ...settings.identity } };
  if (requestsPerSecond !== undefined) config.http = { ...config.http, requestsPerSecond };
  const cloud = await startCloud(config, { log, onFatal: (error) => console.error(error) });
  const get = async <T>(path: string): Promise<T> => {
    const response = await fetch(`${cloud.url}${path}`);
    if (!response.ok) throw new Error(`GET ${path}: ${response.status} ${await response.text()}`);
    return (await response.json()) as T;
  };
  const passwordOf = (id: string) =>
    passwordIn(dataDir, id, async () => {
      const [login] = await cloud.identity.provision([{ device: id, name: "", tags: [], by: "test" }], {
        replace: true,
      });
      return login?.password ?? "";
    });
  return { ...cloud, dataDir, get, device: (id) => get(`/api/v1/devices/${id}`), passwordOf };
}

const passwords = new Map<string, Promise<string>>();

/** The same over every start of a cloud with this data directory. */
export function passwordIn(dataDir: string, id: string, provision: () => Promise<string>): Promise<string> {
  const key = `${dataDir} ${id}`;
  const password = passwords.get(key) ?? provision();
  passwords.set(key, password);
  return password;
}

/** A cloud for one test; everything is gone afterwards. */
export async function withCloud(
  body: (cloud: CloudUnderTest) => Promise<void>,
  settings: Settings = {},
): Promise<void> {
  const dataDir = await newDataDir();
  const cloud = await startTestCloud(dataDir, 0, settings);
  try {
    await body(cloud);
  } finally {
    await cloud.stop();
    await rm(dataDir, { recursive: true, force: true });
  }
}

/** Polls until `probe` gives something; a generous limit, since the machine may be busy. */
export async function eventually<T>(
  probe: () => T | undefined | false | Promise<T | undefined | false>,
  what: string,
): Promise<T> {
  const deadline = Date.now() + 20_000;
  while (Date.now() < deadline) {
    const value = await probe();
    if (value !== undefined && value !== false) return value;
    await sleep(15);
  }
  throw new Error(`Never happened: ${what}`);
}
