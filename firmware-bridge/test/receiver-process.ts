/** A program that nobody here wrote, as a child process whose output lines a test waits for. */
import { type ChildProcess, type SpawnOptions, spawn } from "node:child_process";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { createServer } from "node:net";

const PATIENCE_MS = 20_000;

export class ReceiverProcess {
  readonly lines: string[] = [];
  /** Milliseconds of `performance.now()` at which each line came. */
  readonly cameAt: number[] = [];
  readonly #child: ChildProcess;
  #open = "";

  constructor(command: string, args: readonly string[], options: SpawnOptions = {}) {
    this.#child = spawn(command, args, { ...options, stdio: ["ignore", "pipe", "pipe"] });
    this.#child.stdout?.on("data", (bytes: Buffer) => this.#take(bytes.toString()));
    this.#child.stderr?.on("data", (bytes: Buffer) => this.#take(bytes.toString()));
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  /** Until some line holds `pattern`; rejects with what was said instead. Returns the line's index. */
  async line(pattern: RegExp, patienceMs = PATIENCE_MS): Promise<number> {
    const until = performance.now() + patienceMs;
    while (performance.now() < until) {
      const index = this.lines.findIndex((line) => pattern.test(line));
      if (index >= 0) return index;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    throw new Error(`No line like ${pattern} came:\n${this.lines.slice(-40).join("\n")}`);
  }

  async stop(signal: NodeJS.Signals = "SIGTERM"): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const gone = once(this.#child, "exit");
    const impatience = setTimeout(() => this.#child.kill("SIGKILL"), 5_000);
    this.#child.kill(signal);
    await gone;
    clearTimeout(impatience);
  }

  #take(text: string): void {
    const parts = (this.#open + text).split("\n");
    this.#open = parts.pop() ?? "";
    for (const line of parts) {
      this.lines.push(line);
      this.cameAt.push(performance.now());
    }
  }
}

export async function freeUdpPort(): Promise<number> {
  const socket = createSocket("udp4").bind(0, "127.0.0.1");
  await once(socket, "listening");
  const { port } = socket.address();
  await new Promise<void>((resolve) => socket.close(() => resolve()));
  return port;
}

export async function freeTcpPort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === "object" && address ? address.port : 0;
}
