/** The device's YAML file, the environment and the command line into one checked configuration. */
import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { InputError, parseAs, parseName, REMOTE_DEFAULTS, readSettings } from "@tactus/shared";
import { parse as parseYaml } from "yaml";
import { z } from "zod";

/** Where the configuration is looked for when --config is not given. */
export const DEFAULT_CONFIG_PATH = ".tactus/device.yaml";

const name = (what: string) =>
  z.string().refine(isName, { error: `${what} may hold only a–z, 0–9 and "-", 1 to 63 characters` });
const port = z.int().min(0).max(65535);

const MqttConfig = z.strictObject({
  /** Address the venue's clients connect to; 127.0.0.1 keeps the broker inside the box. */
  host: z.string().min(1).default("0.0.0.0"),
  /** 0 = any free port, printed at the start. */
  port: port.default(1883),
  /** MQTT over WebSocket; absent = off, 0 = any free port. */
  webSocketPort: port.optional(),
  /** May anyone on the venue's network read beat, tempo, grid, section and levels? */
  publicRead: z.boolean().default(REMOTE_DEFAULTS.publicRead),
  /** Password of the user "pairing"; made at the first start when absent, and kept in stateDir. */
  pairingCode: z.string().min(4).max(64).optional(),
  /** Further users with the rights of the pairing code. */
  credentials: z
    .array(z.strictObject({ username: z.string().min(1).max(64), password: z.string().min(8).max(128) }))
    .max(32)
    .default([]),
  maxClients: z.int().min(1).max(1000).default(64),
});

const UpdatesConfig = z.strictObject({
  /** May the cloud bring other models onto this box? */
  enabled: z.boolean().default(true),
  /** Where signed models are fetched from; absent = the cloud. */
  url: z.url({ protocol: /^https?$/, error: "must be an http:// or https:// address" }).optional(),
  /** The root of trust for signed models; absent = what the cloud handed out when the box was claimed. */
  rootFile: z.string().min(1).optional(),
  /** Take models from this folder, such as a stick, instead of the cloud: <name>/<version>/ with a bundle's files, trusted as they are. */
  folder: z.string().min(1).optional(),
  /** It is quiet when there has been no music for this long, seconds. */
  quietS: z.number().min(0).max(86_400).default(20),
  /** A new model that has brought hearing down, or has not got it to stay up, this often is rolled back. */
  maxCrashes: z.int().min(1).max(100).default(3),
});

const CloudConfig = z.strictObject({
  /**
   * The cloud's web address (https://…): the box is claimed there and gets its address and login. Or an MQTT address, with
   * a login that was made by hand.
   */
  url: z.url({
    protocol: /^(https?|mqtts?|wss?)$/,
    error: "must be an https://, http://, mqtts://, mqtt://, wss:// or ws:// address",
  }),
  username: z.string().max(128).optional(),
  password: z.string().max(256).optional(),
  /** The cloud's web address, for what is too large for messages: support bundles and models. */
  httpUrl: z.url({ protocol: /^https?$/, error: "must be an http:// or https:// address" }).optional(),
  /** File with the certificate of the cloud's own authority (PEM); absent = what the system trusts, or what came with the claim. */
  ca: z.string().min(1).optional(),
  /** SHA-256 of that certificate: the box then fetches it by itself, once. */
  caFingerprint: z
    .string()
    .regex(/^([0-9a-f]{2}:?){31}[0-9a-f]{2}$/i, { error: "is no SHA-256 in hexadecimal" })
    .optional(),
  /** How often the age of a claimed box's login is looked at, seconds. */
  checkLoginS: z.number().min(1).max(604_800).default(21_600),
});

const PageConfig = z.strictObject({
  /** Loopback keeps it inside the box; 0.0.0.0 shows it, to whoever knows the pairing code, in the venue's network. */
  host: z.string().min(1).default("127.0.0.1"),
  port: port.default(8088),
});

export const DeviceConfig = z.strictObject({
  venue: name("venue").default("local"),
  device: name("device").default("box"),
  /** For people, in `status`. */
  name: z.string().min(1).max(80).optional(),
  /** "default", the name of an input, a file, or "-" for standard input. */
  source: z.string().min(1).default("default"),
  /** Which capture program or library; absent = the first that works. */
  backend: z.string().min(1).optional(),
  /** Play a file again from its start when it ends. */
  loop: z.boolean().default(false),
  /** Raw standard input; absent = WAV. */
  raw: z
    .strictObject({
      rate: z.int().min(4000).max(384000),
      channels: z.int().min(1).max(32),
      format: z.string().min(1).max(16),
    })
    .optional(),
  /** Added to every capture time; `tactus calibrate` finds it. Negative in practice: sound is in the room first. */
  captureOffsetMs: z.number().min(-1000).max(1000).default(REMOTE_DEFAULTS.captureOffsetMs),
  leadMs: z.number().min(20).max(2000).default(REMOTE_DEFAULTS.leadMs),
  freezeMs: z.number().min(0).max(1000).default(REMOTE_DEFAULTS.freezeMs),
  /** Folder of the model artifact; absent = the one that came with the software. */
  modelDir: z.string().min(1).optional(),
  /** Where counters, the pairing code and the outbox are kept. */
  stateDir: z.string().min(1).default(".tactus/state"),
  /** Beats that wait for the cloud may take this much disk, MiB: 64 are some three months. The oldest go first. */
  outboxMb: z.number().min(0.25).max(16_384).default(REMOTE_DEFAULTS.outboxMb),
  logLevel: z.enum(["trace", "debug", "info", "warn", "error", "silent"]).default(REMOTE_DEFAULTS.logLevel),
  /** A summary of health and telemetry is kept for the cloud this often, seconds. */
  telemetryS: z.int().min(1).max(3600).default(60),
  mqtt: MqttConfig.prefault({}),
  updates: UpdatesConfig.prefault({}),
  cloud: CloudConfig.optional(),
  /** A small page with the claim code and how the box is; absent = none. The login is the pairing code. */
  page: PageConfig.optional(),
});
export type DeviceConfig = z.infer<typeof DeviceConfig>;

export interface ConfigOrigin {
  /** File named by the user: must exist. Absent = DEFAULT_CONFIG_PATH when there is one. */
  file?: string | undefined;
  /** Settings of the command line: stronger than the file. */
  overrides?: ConfigOverrides;
  environment?: NodeJS.ProcessEnv;
}
export type ConfigOverrides = Partial<Pick<DeviceConfig, "source" | "backend" | "loop" | "raw">> & { port?: number };

/** Throws InputError naming the file and the field. */
export async function loadConfig(origin: ConfigOrigin): Promise<DeviceConfig> {
  const path = resolve(origin.file ?? DEFAULT_CONFIG_PATH);
  const read = (at: string) => readFile(at, "utf8");
  const required = origin.file !== undefined;
  const written = await readSettings({ path, required, read, parse: parseYaml, example: "name: Main room" });
  const config = parseAs(
    DeviceConfig,
    withSecrets(written, origin.environment ?? process.env),
    `Configuration ${path}`,
  );
  return withOverrides(config, origin.overrides ?? {}, path);
}

function isName(value: string): boolean {
  try {
    parseName(value, "");
    return true;
  } catch {
    return false;
  }
}

/** Secrets may stay out of the file: TACTUS_PAIRING_CODE and TACTUS_CLOUD_PASSWORD. */
function withSecrets(written: Record<string, unknown>, environment: NodeJS.ProcessEnv): Record<string, unknown> {
  const settings = { ...written };
  const { TACTUS_PAIRING_CODE: pairingCode, TACTUS_CLOUD_PASSWORD: password } = environment;
  if (pairingCode) settings.mqtt = { ...(settings.mqtt as object | undefined), pairingCode };
  if (password && settings.cloud) settings.cloud = { ...(settings.cloud as object), password };
  return settings;
}

function withOverrides(config: DeviceConfig, overrides: ConfigOverrides, path: string): DeviceConfig {
  const { port: mqttPort, ...rest } = overrides;
  const given = Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== undefined));
  const mqtt = mqttPort === undefined ? config.mqtt : { ...config.mqtt, port: mqttPort };
  const merged = parseAs(DeviceConfig, { ...config, ...given, mqtt }, "Command line");
  if (merged.freezeMs > merged.leadMs) {
    throw new InputError(`Configuration ${path}: freezeMs ${merged.freezeMs} is more than leadMs ${merged.leadMs}`);
  }
  return merged;
}
