/** A cloud as far as a device sees it: a broker that writes down what comes, and acknowledges history when told to. */
import { createServer, type Server, type Socket } from "node:net";
import { decodeHistory, type HistoryBatch } from "@tactus/shared";
import { Aedes } from "aedes";
import { eventually, topic } from "./device-under-test.js";

export class FakeCloud {
  readonly received: { leaf: string; payload: Buffer; retain: boolean }[] = [];
  acknowledges = true;
  /** Somebody looks at the device's page. */
  watches = false;
  port = 0;
  #aedes = new Aedes();
  #server: Server | undefined;
  readonly #sockets = new Set<Socket>();

  /** The port stays the same when it is started again. */
  async start(): Promise<void> {
    this.#aedes = await Aedes.createBroker({
      authenticate: (_client, username, password, done) =>
        done(null, username === "club.booth" && password?.toString() === "token"),
    });
    this.#aedes.on("publish", ({ topic: at, payload, retain }, client) => {
      if (client) this.#take(at.split("/").slice(4).join("/"), Buffer.from(payload), retain);
    });
    this.#server = createServer((socket) => {
      this.#sockets.add(socket);
      socket.on("error", () => {}).once("close", () => this.#sockets.delete(socket));
      this.#aedes.handle(socket);
    });
    await new Promise<void>((resolve) => this.#server?.listen(this.port, "127.0.0.1", resolve));
    this.port = (this.#server.address() as { port: number }).port;
  }

  async stop(): Promise<void> {
    await new Promise<void>((resolve) => this.#aedes.close(resolve));
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.#server?.close(resolve));
  }

  say(leaf: string, message: object | string, qos: 0 | 1 = 1): void {
    const payload = typeof message === "string" ? message : JSON.stringify(message);
    setImmediate(() =>
      this.#aedes.publish({ cmd: "publish", topic: topic(leaf), payload, qos, retain: false, dup: false }, () => {}),
    );
  }

  of(leaf: string): unknown[] {
    return this.received
      .filter((one) => one.leaf === leaf && one.payload.length > 0)
      .map(({ payload }) => (leaf === "history" ? decodeHistory(payload) : JSON.parse(payload.toString())));
  }

  batches(): HistoryBatch[] {
    return this.of("history") as HistoryBatch[];
  }

  async atLeast(count: number, leaf: string, withinMs = 60_000): Promise<unknown[]> {
    return eventually(
      () => this.of(leaf).length >= count && this.of(leaf),
      `${count} of ${leaf} at the cloud`,
      withinMs,
    );
  }

  #take(leaf: string, payload: Buffer, retain: boolean): void {
    this.received.push({ leaf, payload, retain });
    if (leaf === "status" && this.watches) this.say("watch", { v: 1, forS: 300 });
    if (leaf !== "history" || !this.acknowledges) return;
    const { session, sequence } = decodeHistory(payload);
    this.say("history/ack", { v: 1, session, sequence });
  }
}
