/** A TCP line in front of a server that can be made bad in each of the seven ways of toxiproxy. */
import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";

export type Fault =
  | { kind: "none" }
  /** Everything comes later. */
  | { kind: "latency"; ms: number }
  | { kind: "bandwidth"; bytesPerS: number }
  /** The end of one side reaches the other later. */
  | { kind: "slow-close"; ms: number }
  /** Nothing comes through, and nobody is told: a black hole. */
  | { kind: "timeout" }
  /** Connections end with a reset, and so does every new one. */
  | { kind: "reset" }
  /** What was sent in one piece comes in small ones. */
  | { kind: "slicer"; bytes: number; ms: number }
  /** Each connection ends after so many bytes. */
  | { kind: "data-limit"; bytes: number };

export class BadLine {
  port = 0;
  readonly #target: () => number;
  readonly #sockets = new Set<Socket>();
  readonly #server = createServer((socket) => this.#join(socket));
  #fault: Fault = { kind: "none" };

  /** `target`: port of the server, asked for each connection. */
  constructor(target: () => number) {
    this.#target = target;
  }

  async start(): Promise<void> {
    this.#server.listen(0, "127.0.0.1");
    await once(this.#server, "listening");
    this.port = (this.#server.address() as { port: number }).port;
  }

  /** For the connections there are and those to come. */
  become(fault: Fault): void {
    this.#fault = fault;
    if (fault.kind === "reset") for (const socket of this.#sockets) socket.resetAndDestroy();
  }

  cut(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  stop(): void {
    this.cut();
    this.#server.close();
  }

  #join(near: Socket): void {
    if (this.#fault.kind === "reset") {
      near.on("error", () => {});
      near.resetAndDestroy();
      return;
    }
    const far = connect(this.#target(), "127.0.0.1");
    this.#pump(near, far);
    this.#pump(far, near);
  }

  #pump(from: Socket, to: Socket): void {
    this.#sockets.add(from);
    let through = Promise.resolve();
    let bytes = 0;
    from.on("error", () => {});
    from.on("data", (chunk: Buffer) => {
      bytes += chunk.length;
      from.pause();
      through = through
        .then(() => this.#carry(chunk, to))
        .then(() => {
          if (this.#fault.kind === "data-limit" && bytes > this.#fault.bytes) from.destroy();
          else from.resume();
        });
    });
    from.once("close", () => {
      this.#sockets.delete(from);
      const wait = this.#fault.kind === "slow-close" ? this.#fault.ms : 0;
      void through.then(() => sleep(wait)).then(() => to.destroy());
    });
  }

  async #carry(chunk: Buffer, to: Socket): Promise<void> {
    const fault = this.#fault;
    if (fault.kind === "latency") await sleep(fault.ms);
    if (fault.kind === "bandwidth") await sleep((chunk.length / fault.bytesPerS) * 1000);
    while (this.#fault.kind === "timeout" && !to.destroyed) await sleep(50);
    if (fault.kind !== "slicer") {
      if (!to.destroyed) to.write(chunk);
      return;
    }
    for (let at = 0; at < chunk.length && !to.destroyed; at += fault.bytes) {
      to.write(chunk.subarray(at, at + fault.bytes));
      await sleep(fault.ms);
    }
  }
}
