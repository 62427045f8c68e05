/** `tactus cloud` as a process of its own behind a line that can be cut; started again it is reached the same way. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFile, writeFile } from "node:fs/promises";
import { connect, createServer, type Socket } from "node:net";
import { join } from "node:path";
import { stringify } from "yaml";
import { BIN, eventually } from "./device-under-test.js";

export class CloudProcess {
  /** Of the line: stays the same. */
  port = 0;
  url = "";
  adminToken = "";
  readonly #passwords = new Map<string, string>();
  readonly #dataDir: string;
  readonly #settings: object;
  readonly #sockets = new Set<Socket>();
  readonly #line = createServer((socket) => this.#join(socket));
  #child: ChildProcess | undefined;
  #mqttPort = 0;

  /** `settings`: of the cloud's file. */
  constructor(dataDir: string, settings: object = {}) {
    this.#dataDir = dataDir;
    this.#settings = settings;
  }

  async start(): Promise<void> {
    if (this.port === 0) {
      this.#line.listen(0, "127.0.0.1");
      await once(this.#line, "listening");
      this.port = (this.#line.address() as { port: number }).port;
    }
    let said = "";
    const config = `${this.#dataDir}.yaml`;
    await writeFile(config, stringify(this.#settings));
    const args = [BIN, "cloud", "--config", config, "--data-dir", this.#dataDir, "--port", "0", "--mqtt-port", "0"];
    this.#child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "ignore"] });
    this.#child.stdout?.on("data", (chunk) => {
      said += chunk;
    });
    await eventually(() => said.includes("Access "), "the cloud is up", 60_000);
    this.url = /(http:\/\/\S+)/.exec(said)?.[1] ?? "";
    this.#mqttPort = Number(/mqtt:\/\/[^:]+:(\d+)/.exec(said)?.[1]);
    this.adminToken = (await readFile(join(this.#dataDir, "admin-token"), "utf8")).trim();
  }

  /** The login of the device "venue.device": provisioned when it is first asked for. */
  async passwordOf(id: string): Promise<string> {
    const known = this.#passwords.get(id);
    if (known !== undefined) return known;
    const [venue, device] = id.split(".");
    const answer = await this.post("/api/v1/devices", { venue, device, replace: true });
    const { password } = (await answer.json()) as { password: string };
    this.#passwords.set(id, password);
    return password;
  }

  /** As an operator with the admin token. */
  post(path: string, body: object): Promise<Response> {
    return this.ask("POST", path, body);
  }

  ask(method: string, path: string, body?: object): Promise<Response> {
    return fetch(`${this.url}${path}`, {
      method,
      headers: { authorization: `Bearer ${this.adminToken}`, "content-type": "application/json" },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  }

  cutLine(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  async end(signal: "SIGKILL" | "SIGTERM"): Promise<void> {
    const child = this.#child;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    child.kill(signal);
    await once(child, "exit");
  }

  async stop(): Promise<void> {
    await this.end("SIGTERM");
    this.cutLine();
    this.#line.close();
  }

  #join(socket: Socket): void {
    const far = connect(this.#mqttPort, "127.0.0.1");
    for (const [one, other] of [
      [socket, far],
      [far, socket],
    ] as const) {
      this.#sockets.add(one);
      one
        .on("error", () => {})
        .once("close", () => {
          this.#sockets.delete(one);
          other.destroy();
        });
    }
    socket.pipe(far).pipe(socket);
  }
}
