/** The bridge's YAML file, the environment and the command line into one checked configuration. */
import { readFile } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { InputError, parseName, readSettings } from "@tactus/shared";
import { parse as parseYaml } from "yaml";
import { z } from "zod";
import { describeFault } from "./config-fault.js";
import { OutputConfig } from "./output-kinds.js";
import { ReceiveConfig } from "./receive/index.js";
import { RigConfig } from "./show/index.js";

/** Where the configuration is looked for when --config is not given. */
export const DEFAULT_CONFIG_PATH = ".tactus/bridge.yaml";

const name = z.string().regex(/^[a-z0-9][a-z0-9-]{0,62}$/, 'may hold only a–z, 0–9 and "-", 1 to 63 characters');

const MqttConfig = z.strictObject({
  /** The box's own broker, or any other that carries its messages. */
  url: z
    .url({ protocol: /^(mqtts?|wss?)$/, error: "must be an mqtt://, mqtts://, ws:// or wss:// address" })
    .default("mqtt://127.0.0.1:1883"),
  /** "pairing" with the code that `tactus device` prints, or a credential of the box; left out = read only. */
  username: z.string().min(1).max(128).optional(),
  /** Or the environment's TACTUS_MQTT_PASSWORD. */
  password: z.string().max(256).optional(),
  /** Venue of the device to follow; left out = any. */
  venue: name.optional(),
  /** The device to follow; left out = the first that is heard. */
  device: name.optional(),
  /** May it publish without a user name? A box cuts off who tries; other brokers may let it. */
  anonymousWrite: z.boolean().default(false),
});

export const BridgeConfig = z.strictObject({
  mqtt: MqttConfig.prefault({}),
  /** Where outputs keep what must survive a restart: sender identities and sequence numbers. */
  stateDir: z.string().min(1).default(".tactus/bridge"),
  /** Where the beats go: a name of your choice -> what it is. */
  outputs: z.record(name, OutputConfig).default({}),
  /** Fixtures, looks and their programme, for outputs that carry DMX. */
  rig: RigConfig.optional(),
  /** Universes of a desk to merge with the rig. */
  receive: ReceiveConfig.prefault({}),
  logLevel: z.enum(["trace", "debug", "info", "warn", "error", "silent"]).default("info"),
});
export type BridgeConfig = z.infer<typeof BridgeConfig>;

export interface ConfigOrigin {
  /** File named by the user: must exist. Absent = DEFAULT_CONFIG_PATH when there is one. */
  file?: string | undefined;
  /** --mqtt: stronger than the file. */
  url?: string | undefined;
  environment?: NodeJS.ProcessEnv;
}

export interface LoadedConfig {
  config: BridgeConfig;
  /** Files that the configuration names are relative to this. */
  folder: string;
  path: string;
}

/** Throws InputError naming the file and the field. */
export async function loadConfig({ file, url, environment = process.env }: ConfigOrigin): Promise<LoadedConfig> {
  const path = resolve(file ?? DEFAULT_CONFIG_PATH);
  const read = (at: string) => readFile(at, "utf8");
  const written = await readSettings({
    path,
    required: file !== undefined,
    read,
    parse: parseYaml,
    example: "outputs:",
  });
  const password = environment.TACTUS_MQTT_PASSWORD;
  const stronger = { ...(url ? { url } : {}), ...(password ? { password } : {}) };
  const config = parseConfig({ ...written, mqtt: withStronger(written.mqtt, stronger) }, path);
  check(config, path);
  return { config, folder: dirname(path), path };
}

/** Anything but a table is left as it is, for the schema to refuse. */
function withStronger(mqtt: unknown, stronger: object): unknown {
  return mqtt === undefined || (typeof mqtt === "object" && !Array.isArray(mqtt)) ? { ...mqtt, ...stronger } : mqtt;
}

function parseConfig(written: object, path: string): BridgeConfig {
  const result = BridgeConfig.safeParse(written);
  if (result.success) return result.data;
  throw new InputError(`Configuration ${path}: ${describeFault(result.error, written)}`, { cause: result.error });
}

/** What no single field can say. */
function check(config: BridgeConfig, path: string): void {
  for (const [key, output] of Object.entries(config.outputs)) {
    parseName(key, "Output");
    const where = `Configuration ${path}: outputs.${key}`;
    const { followFrom, followUntil } = output.policy;
    if (followUntil > followFrom)
      throw new InputError(`${where}.policy: followUntil ${followUntil} is above followFrom ${followFrom}`);
    if (output.type === "mqtt" && output.homeAssistant && !output.url)
      throw new InputError(`${where}: homeAssistant needs url, the broker that Home Assistant is connected to`);
  }
}
