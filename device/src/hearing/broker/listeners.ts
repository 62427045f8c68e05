/** Sockets of the venue into streams for the broker: MQTT over TCP, and over WebSocket where it is switched on. */
import { createServer as createHttpServer, type Server as HttpServer, type IncomingMessage } from "node:http";
import { type AddressInfo, createServer, type Server } from "node:net";
import type { Duplex } from "node:stream";
import { MAX_MESSAGE_BYTES, UnavailableError } from "@tactus/shared";
import { createWebSocketStream, WebSocketServer } from "ws";
import { guardReads } from "./frame-guard.js";

/** Never reached: a client this far behind was dropped long before (see LocalBroker). */
const WRITE_BUFFER_BYTES = 1024 * 1024;
/** Our own processes must get in when the venue has taken every place. */
const RESERVED_FOR_LOOPBACK = 8;

export interface ListenersOptions {
  host: string;
  port: number;
  webSocketPort?: number | undefined;
  maxClients: number;
}
type Accept = (connection: Duplex, request: IncomingMessage | undefined, address: string) => void;

export class Listeners {
  readonly #options: ListenersOptions;
  readonly #accept: Accept;
  readonly #open = new Set<Duplex>();
  #tcp: Server | undefined;
  #http: HttpServer | undefined;

  constructor(options: ListenersOptions, accept: Accept) {
    this.#options = options;
    this.#accept = accept;
  }

  /** Rejects with UnavailableError when a port cannot be had. */
  async start(): Promise<void> {
    const { host, port, webSocketPort } = this.#options;
    this.#tcp = createServer({ noDelay: true, highWaterMark: WRITE_BUFFER_BYTES }, (socket) =>
      this.#admit(socket, undefined, socket.remoteAddress ?? ""),
    );
    await listen(this.#tcp, host, port, "mqtt.port");
    if (webSocketPort !== undefined) await this.#startWebSocket(host, webSocketPort);
  }

  async stop(): Promise<void> {
    for (const connection of this.#open) connection.destroy();
    await Promise.all([this.#tcp, this.#http].map(closed));
  }

  get port(): number {
    return portOf(this.#tcp);
  }

  /** 0 when switched off. */
  get webSocketPort(): number {
    return portOf(this.#http);
  }

  async #startWebSocket(host: string, port: number): Promise<void> {
    this.#http = createHttpServer((_request, response) => response.writeHead(426).end("MQTT over WebSocket only\n"));
    const server = new WebSocketServer({
      server: this.#http,
      maxPayload: MAX_MESSAGE_BYTES,
      handleProtocols: (offered) => (offered.has("mqtt") ? "mqtt" : false),
    });
    server.on("error", () => {}); // the same error reaches listen()
    server.on("connection", (socket, request) => {
      const stream = createWebSocketStream(socket, { writableHighWaterMark: WRITE_BUFFER_BYTES });
      this.#admit(stream, request, request.socket.remoteAddress ?? "");
    });
    await listen(this.#http, host, port, "mqtt.webSocketPort");
  }

  #admit(connection: Duplex, request: IncomingMessage | undefined, address: string): void {
    const places = this.#options.maxClients + (isLoopback(address) ? RESERVED_FOR_LOOPBACK : 0);
    connection.on("error", () => {}); // the broker sees it too; without this one a refused connection would throw
    if (this.#open.size >= places) {
      connection.destroy();
      return;
    }
    this.#open.add(connection);
    connection.once("close", () => this.#open.delete(connection));
    this.#accept(guardReads(connection), request, address);
  }
}

const isLoopback = (address: string): boolean => /^(::ffff:)?127\.|^::1$/.test(address);

const portOf = (server: Server | undefined): number => (server?.address() as AddressInfo | null | undefined)?.port ?? 0;

function listen(server: Server, host: string, port: number, setting: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", (cause: NodeJS.ErrnoException) => {
      const reason =
        cause.code === "EADDRINUSE" ? "is in use by another program" : `cannot be opened: ${cause.message}`;
      reject(new UnavailableError(`Port ${port} on ${host} ${reason}; choose another ${setting}`, { cause }));
    });
    server.listen(port, host, () => resolve());
  });
}

const closed = (server: Server | undefined): Promise<void> =>
  new Promise((resolve) => (server?.listening ? server.close(() => resolve()) : resolve()));
