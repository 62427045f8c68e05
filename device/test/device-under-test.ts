/** A whole device as its users have it: `tactus device` in a process of its own, and MQTT clients that look at it. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { connectAsync, type IClientOptions, type MqttClient } from "mqtt";
import { stringify } from "yaml";

export const BIN = fileURLToPath(new URL("../../bin/tactus.mjs", import.meta.url));
export const RECORDING = fileURLToPath(new URL("../../examples/recording/escape-from-chaosland.ogg", import.meta.url));
export const ADDRESS = { venue: "club", device: "booth" };
export const topic = (leaf: string) => `tactus/v1/club/booth/${leaf}`;

const START_WITHIN_MS = 60_000;

/** Poll until `look` gives something; two cores are shared, so nothing is assumed about how soon. */
export async function eventually<T>(
  look: () => T | undefined | false | Promise<T | undefined | false>,
  what: string,
  withinMs = 30_000,
): Promise<T> {
  const deadline = Date.now() + withinMs;
  while (Date.now() < deadline) {
    const found = await look();
    if (found) return found;
    await sleep(50);
  }
  throw new Error(`Not within ${withinMs} ms: ${what}`);
}

interface LogEntry {
  process?: string;
  msg?: string;
  pid?: number;
}

export class DeviceUnderTest {
  port = 0;
  webSocketPort = 0;
  stdout = "";
  stderr = "";
  readonly clients: MqttClient[] = [];

  private constructor(
    readonly folder: string,
    readonly child: ChildProcess,
  ) {
    child.stdout?.setEncoding("utf8").on("data", (text: string) => {
      this.stdout += text;
    });
    child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      this.stderr += text;
    });
  }

  /** Starts the process and does not wait for anything. `wrapper`: a program that becomes the one after it. */
  static async launch(
    settings: object = {},
    args: string[] = [],
    env: object = {},
    wrapper: string[] = [],
  ): Promise<DeviceUnderTest> {
    const folder = await mkdtemp(join(tmpdir(), "tactus-device-"));
    const defaults = { ...ADDRESS, source: RECORDING, loop: true, stateDir: join(folder, "state") };
    const { mqtt, ...rest } = settings as { mqtt?: object };
    const config = { ...defaults, mqtt: { host: "127.0.0.1", port: 0, webSocketPort: 0, ...mqtt }, ...rest };
    await writeFile(join(folder, "device.yaml"), stringify(config));
    const command = [...wrapper, process.execPath, BIN, "device", "--config", join(folder, "device.yaml"), ...args];
    const child = spawn(command[0] ?? "", command.slice(1), {
      stdio: ["pipe", "pipe", "pipe"],
      env: { ...process.env, ...env },
    });
    return new DeviceUnderTest(folder, child);
  }

  /** Starts it and waits for the line that says where its beats are. */
  static async start(
    settings: object = {},
    args: string[] = [],
    env: object = {},
    wrapper: string[] = [],
  ): Promise<DeviceUnderTest> {
    const device = await DeviceUnderTest.launch(settings, args, env, wrapper);
    await eventually(
      () => {
        if (device.child.exitCode !== null) throw new Error(`The device ended at once: ${device.stderr}`);
        return device.stdout.includes("pairing");
      },
      "the device says where it is",
      START_WITHIN_MS,
    );
    device.port = Number(/mqtt:\/\/127\.0\.0\.1:(\d+)/.exec(device.stdout)?.[1]);
    device.webSocketPort = Number(/ws:\/\/127\.0\.0\.1:(\d+)/.exec(device.stdout)?.[1]);
    return device;
  }

  async stop(): Promise<number | null> {
    await Promise.all(this.clients.map((client) => client.endAsync(true)));
    if (this.child.exitCode === null && this.child.signalCode === null) {
      this.child.kill("SIGTERM");
      await once(this.child, "exit");
    }
    await rm(this.folder, { recursive: true, force: true });
    return this.child.exitCode;
  }

  async pairingCode(): Promise<string> {
    return (await readFile(join(this.folder, "state", "pairing-code"), "utf8")).trim();
  }

  /** A client of the venue. `name` "pairing" logs in with the pairing code. */
  async client(name?: "pairing", options: IClientOptions = {}): Promise<MqttClient> {
    const login = name ? { username: name, password: await this.pairingCode() } : {};
    const client = await connectAsync({
      host: "127.0.0.1",
      port: this.port,
      protocolVersion: 4,
      reconnectPeriod: 100,
      ...login,
      ...options,
    });
    client.on("error", () => {});
    this.clients.push(client);
    return client;
  }

  /** Process ids by name, in the order in which the supervisor started them. */
  pids(name: "hearing" | "agent"): number[] {
    return this.log()
      .filter((entry) => entry.process === name && entry.msg === "Process started")
      .map((entry) => Number(entry.pid));
  }

  log(): LogEntry[] {
    const lines = this.stderr.split("\n").filter((line) => line.startsWith("{") && line.endsWith("}"));
    return lines.map((line) => JSON.parse(line) as LogEntry);
  }
}

/** Messages of a client from now on, newest last. */
export class Inbox {
  readonly messages: { leaf: string; payload: Buffer; retain: boolean; at: number }[] = [];

  private constructor(client: MqttClient) {
    client.on("message", (at, payload, { retain }) => {
      this.messages.push({ leaf: at.split("/").slice(4).join("/"), payload, retain, at: performance.now() });
    });
  }

  static async of(client: MqttClient, ...leaves: string[]): Promise<Inbox> {
    const inbox = new Inbox(client);
    await client.subscribeAsync(leaves.map(topic));
    return inbox;
  }

  of(leaf: string): unknown[] {
    return this.messages
      .filter((one) => one.leaf === leaf && one.payload.length > 0)
      .map((one) => JSON.parse(one.payload.toString()));
  }

  async atLeast(count: number, leaf: string, withinMs = 30_000): Promise<unknown[]> {
    return eventually(
      () => (this.of(leaf).length >= count ? this.of(leaf) : undefined),
      `${count} messages of ${leaf}`,
      withinMs,
    );
  }
}
