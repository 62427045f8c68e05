/** `tactus cloud` as a process of its own, as it runs in production: started, killed, started again. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { eventually, passwordIn } from "./cloud-under-test.js";

const BIN = fileURLToPath(new URL("../../bin/tactus.mjs", import.meta.url));

export class CloudProcess {
  url = "";
  mqttUrl = "";
  readonly #child: ChildProcess;
  readonly #dataDir: string;
  readonly #exit: Promise<unknown[]>;
  #output = "";

  /** `more`: further arguments, stronger than the usual ones. */
  constructor(dataDir: string, more: string[] = []) {
    this.#dataDir = dataDir;
    const args = ["cloud", "--data-dir", dataDir, "--port", "0", "--mqtt-port", "0", ...more];
    this.#child = spawn(process.execPath, [BIN, ...args], { stdio: ["ignore", "pipe", "pipe"] });
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream?.on("data", (chunk) => {
        this.#output += chunk;
      });
    }
    this.#exit = once(this.#child, "exit");
  }

  async start(): Promise<this> {
    const said = (pattern: RegExp) =>
      eventually(() => {
        if (this.#child.exitCode !== null) throw new Error(`The cloud ended: ${this.#output}`);
        return pattern.exec(this.#output)?.[1];
      }, `the cloud says ${pattern}`);
    this.url = await said(/(http:\/\/\S+)\n/);
    this.mqttUrl = await said(/(mqtt:\/\/[^,\s]+),/);
    return this;
  }

  /** As in cloud-under-test.ts. */
  passwordOf(id: string): Promise<string> {
    return passwordIn(this.#dataDir, id, async () => {
      const token = (await readFile(join(this.#dataDir, "admin-token"), "utf8")).trim();
      const [venue, device] = id.split(".");
      const response = await fetch(`${this.url}/api/v1/devices`, {
        method: "POST",
        headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
        body: JSON.stringify({ venue, device, replace: true }),
      });
      return ((await response.json()) as { password: string }).password;
    });
  }

  /** Ends it; resolves with the exit code, null when it was killed. */
  async end(signal: "SIGTERM" | "SIGKILL"): Promise<number | null> {
    this.#child.kill(signal);
    const [code] = await this.#exit;
    return code as number | null;
  }
}
