/** `tactus cloud` as a process of its own behind a line that can be cut; started again it is reached the same way. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { connect, createServer, type Socket } from "node:net";
import { join } from "node:path";
import { BIN, eventually } from "./device-under-test.js";

export class CloudProcess {
  /** Of the line: stays the same. */
  port = 0;
  url = "";
  token = "";
  readonly #dataDir: string;
  readonly #sockets = new Set<Socket>();
  readonly #line = createServer((socket) => this.#join(socket));
  #child: ChildProcess | undefined;
  #mqttPort = 0;

  constructor(dataDir: string) {
    this.#dataDir = dataDir;
  }

  async start(): Promise<void> {
    if (this.port === 0) {
      this.#line.listen(0, "127.0.0.1");
      await once(this.#line, "listening");
      this.port = (this.#line.address() as { port: number }).port;
    }
    let said = "";
    const args = [BIN, "cloud", "--data-dir", this.#dataDir, "--port", "0", "--mqtt-port", "0"];
    this.#child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "ignore"] });
    this.#child.stdout?.on("data", (chunk) => {
      said += chunk;
    });
    await eventually(() => said.includes("enrolment-token"), "the cloud is up", 60_000);
    this.url = /(http:\/\/\S+)/.exec(said)?.[1] ?? "";
    this.#mqttPort = Number(/mqtt:\/\/[^:]+:(\d+)/.exec(said)?.[1]);
    this.token = (await readFile(join(this.#dataDir, "enrolment-token"), "utf8")).trim();
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
