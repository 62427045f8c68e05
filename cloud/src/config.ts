/** The cloud's YAML file and the command line into one checked configuration. */
import { readFile } from "node:fs/promises";
import { isIP } from "node:net";
import { resolve } from "node:path";
import { parseAs, readSettings } from "@tactus/shared";
import { parse as parseYaml } from "yaml";
import { z } from "zod";
import { AlertsConfig, SmtpConfig, WebhooksConfig } from "./alerts/alerts-config.js";
import { IdentityConfig } from "./identity/identity-config.js";
import { ModelsConfig } from "./models/models.js";
import { RolloutsConfig } from "./rollouts/rollouts-config.js";
import { HistoryConfig } from "./store/history-config.js";
import { TlsConfig } from "./tls/server-tls.js";

/** Where the configuration is looked for when --config is not given. */
export const DEFAULT_CONFIG_PATH = ".tactus/cloud.yaml";

const port = z.int().min(0).max(65535);

const HttpConfig = z.strictObject({
  /** Loopback keeps page and API on this machine; elsewhere everything needs a login. */
  host: z.string().min(1).default("127.0.0.1"),
  /** 0 = any free port, printed at the start. */
  port: port.default(8080),
  /** Requests a second of each user and API key on the long run, four times as many at once; 0 = no limit. */
  requestsPerSecond: z.int().min(0).max(100_000).default(200),
  /** Names under which browsers reach the page, besides the address itself: a guard against DNS rebinding. */
  allowedHosts: z.array(z.string().min(1).max(253)).max(32).default([]),
});

const MqttConfig = z.strictObject({
  host: z.string().min(1).default("127.0.0.1"),
  /** Where devices connect; 0 = any free port. */
  port: port.default(1884),
  maxClients: z.int().min(1).max(100_000).default(20_000),
  /** What boxes are told to connect to; absent = the name they used for HTTP and this port. */
  publicUrl: z.url({ protocol: /^(mqtts?|wss?)$/ }).optional(),
});

export const CloudConfig = z.strictObject({
  /** Databases, artifacts, admin token. */
  dataDir: z.string().min(1).default(".tactus/cloud"),
  http: HttpConfig.prefault({}),
  mqtt: MqttConfig.prefault({}),
  history: HistoryConfig.prefault({}),
  models: ModelsConfig.prefault({}),
  identity: IdentityConfig.prefault({}),
  /** Page, API and MQTT over TLS; absent = plain, for loopback or behind a proxy. */
  tls: TlsConfig.optional(),
  rollouts: RolloutsConfig.prefault({}),
  alerts: AlertsConfig.prefault({}),
  webhooks: WebhooksConfig.prefault({}),
  /** Absent = no mail. */
  smtp: SmtpConfig.optional(),
  logLevel: z.enum(["trace", "debug", "info", "warn", "error", "silent"]).default("info"),
});
export type CloudConfig = z.infer<typeof CloudConfig>;

/** Settings of the command line: stronger than the file. */
export interface ConfigOverrides {
  dataDir?: string | undefined;
  host?: string | undefined;
  port?: number | undefined;
  mqttPort?: number | undefined;
}

/** `file` must exist when it is named. Throws InputError naming the file and the field. */
export async function loadConfig(file: string | undefined, overrides: ConfigOverrides = {}): Promise<CloudConfig> {
  const path = resolve(file ?? DEFAULT_CONFIG_PATH);
  const read = (at: string) => readFile(at, "utf8");
  const settings = await readSettings({ path, required: file !== undefined, read, parse: parseYaml, example: "http:" });
  const written = parseAs(CloudConfig, settings, `Configuration ${path}`);
  const { dataDir, host, port: httpPort, mqttPort } = overrides;
  return parseAs(
    CloudConfig,
    {
      ...written,
      dataDir: dataDir ?? written.dataDir,
      http: { ...written.http, host: host ?? written.http.host, port: httpPort ?? written.http.port },
      mqtt: { ...written.mqtt, port: mqttPort ?? written.mqtt.port },
    },
    "Command line",
  );
}

/** True for addresses that only this machine can reach. */
export function isLoopback(host: string): boolean {
  const bare = host.replace(/^\[|\]$/g, "").toLowerCase();
  if (bare === "localhost") return true;
  return isIP(bare) === 4 ? bare.startsWith("127.") : bare === "::1";
}
