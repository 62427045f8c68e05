/** A real `tactus device` on the bundled recording, for tests that enter by the sound: workspaces meet in messages, so by its process. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { stringify } from "yaml";

export const BIN = fileURLToPath(new URL("../../bin/tactus.mjs", import.meta.url));
const RECORDING = fileURLToPath(new URL("../../examples/recording/escape-from-chaosland.ogg", import.meta.url));
const START_WITHIN_MS = 60_000;

/** Poll until `look` gives something; the cores are shared, so nothing is assumed about how soon. */
export async function eventually<T>(
  look: () => T | undefined | false | Promise<T | undefined | false>,
  what: string,
  withinMs = 60_000,
): Promise<T> {
  const deadline = Date.now() + withinMs;
  while (Date.now() < deadline) {
    const found = await look();
    if (found) return found;
    await sleep(25);
  }
  throw new Error(`Not within ${withinMs} ms: ${what}`);
}

export class DeviceProcess {
  readonly address = { venue: "club", device: "booth" };
  readonly login = { username: "bridge", password: "bridge-password" };
  url = "";
  #output = "";

  private constructor(
    readonly folder: string,
    readonly child: ChildProcess,
  ) {
    for (const stream of [child.stdout, child.stderr])
      stream?.setEncoding("utf8").on("data", (text: string) => {
        this.#output += text;
      });
  }

  static async start(settings: object = {}): Promise<DeviceProcess> {
    const folder = await mkdtemp(join(tmpdir(), "tactus-bridge-"));
    const config = {
      venue: "club",
      device: "booth",
      source: RECORDING,
      loop: true,
      stateDir: join(folder, "state"),
      logLevel: "warn",
      mqtt: { host: "127.0.0.1", port: 0, credentials: [{ username: "bridge", password: "bridge-password" }] },
      ...settings,
    };
    await writeFile(join(folder, "device.yaml"), stringify(config));
    const child = spawn(process.execPath, [BIN, "device", "--config", join(folder, "device.yaml")]);
    const device = new DeviceProcess(folder, child);
    const said = () => {
      if (child.exitCode !== null) throw new Error(`The device ended: ${device.#output}`);
      return /mqtt:\/\/127\.0\.0\.1:\d+/.exec(device.#output)?.[0];
    };
    device.url = await eventually(said, "the device says where it is", START_WITHIN_MS);
    return device;
  }

  async stop(): Promise<void> {
    if (this.child.exitCode === null && this.child.signalCode === null) {
      this.child.kill("SIGTERM");
      await once(this.child, "exit");
    }
    await rm(this.folder, { recursive: true, force: true });
  }
}
