/** A TCP connection to a Carabiner, or to our helper, into the messages it sends. */
import { connect, type Socket } from "node:net";
import { UnavailableError } from "@tactus/shared";
import { type CarabinerMessage, MAX_LINE_LENGTH, parseCarabinerLine } from "./carabiner-line.js";

const CONNECT_TIMEOUT_MS = 1000;
/** The first status comes by itself; what sends none is no Carabiner. */
const GREETING_TIMEOUT_MS = 1500;
/** More than this not yet taken by the far end: it hangs, and is left. */
const MAX_BACKLOG_BYTES = 16 * 1024;

export interface CarabinerClientOptions {
  host: string;
  port: number;
  onMessage(message: CarabinerMessage): void;
  /** Once, when an opened connection ends for any other reason than `stop`. */
  onClose(reason: string): void;
}

export class CarabinerClient {
  readonly #options: CarabinerClientOptions;
  #socket: Socket | undefined;
  #rest = "";
  #unknownLines = 0;

  constructor(options: CarabinerClientOptions) {
    this.#options = options;
  }

  /** Lines that were no well-formed reply. */
  get unknownLines(): number {
    return this.#unknownLines;
  }

  /** Resolves with the first status. Rejects with UnavailableError when nobody listens there, or something else does. */
  async start(): Promise<void> {
    const { host, port } = this.#options;
    const socket = connect({ host, port, noDelay: true });
    socket.setEncoding("latin1");
    try {
      await greeting(socket, (text) => this.#take(text));
    } catch (cause) {
      socket.destroy();
      throw new UnavailableError(`No Carabiner at ${host}:${port}: ${(cause as Error).message}`, { cause });
    }
    socket.setTimeout(0);
    for (const event of ["timeout", "connect", "error", "close", "data"]) socket.removeAllListeners(event);
    this.#socket = socket;
    socket.on("data", (text: string) => {
      this.#take(text);
      if (this.#rest.length > MAX_LINE_LENGTH) this.#lost("a line without an end");
    });
    socket.on("error", (error) => this.#lost(error.message));
    socket.on("close", () => this.#lost("the connection was closed"));
  }

  stop(): void {
    const socket = this.#socket;
    this.#socket = undefined;
    socket?.end();
    socket?.on("error", () => {});
    socket?.setTimeout(CONNECT_TIMEOUT_MS, () => socket.destroy());
  }

  /** False when there is no connection. Never waits. */
  send(line: string): boolean {
    if (!this.#socket?.writable) return false;
    this.#socket.write(`${line}\n`);
    if (this.#socket.writableLength > MAX_BACKLOG_BYTES) this.#lost("it takes no more commands");
    return true;
  }

  #take(text: string): void {
    const lines = (this.#rest + text).split("\n");
    this.#rest = lines.pop() ?? "";
    for (const line of lines) {
      const message = parseCarabinerLine(line);
      if (message) this.#options.onMessage(message);
      else if (line.trim() !== "") this.#unknownLines += 1;
    }
  }

  #lost(reason: string): void {
    const socket = this.#socket;
    if (!socket) return;
    this.#socket = undefined;
    this.#rest = "";
    socket.destroy();
    this.#options.onClose(reason);
  }
}

/** Hands the first bytes on once they begin like a status. */
function greeting(socket: Socket, take: (text: string) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    let heard = "";
    socket.setTimeout(CONNECT_TIMEOUT_MS, () => reject(new Error("no answer")));
    socket.once("connect", () => socket.setTimeout(GREETING_TIMEOUT_MS));
    socket.once("error", reject);
    socket.once("close", () => reject(new Error("closed at once")));
    socket.on("data", (text: string) => {
      heard += text;
      if (!heard.startsWith("status ".slice(0, heard.length))) return reject(new Error("something else listens there"));
      if (!heard.includes("\n") && heard.length <= MAX_LINE_LENGTH) return undefined;
      take(heard);
      return resolve();
    });
  });
}
