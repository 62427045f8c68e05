/** The app on a port, with its WebSockets. */
import { createServer, type Server } from "node:http";
import { createServer as createTlsServer } from "node:https";
import { getRequestListener } from "@hono/node-server";
import { createNodeWebSocket, type NodeWebSocket } from "@hono/node-ws";
import { type AppParts, createApp } from "./app.js";
import { closeServer, listenOn } from "./listen.js";

/** Pages send small commands; the default of `ws` is 100 MiB. */
const MAX_SOCKET_MESSAGE_BYTES = 16 * 1024;

export interface WebServerOptions extends AppParts {
  host: string;
  port: number;
}

export class WebServer {
  readonly #options: WebServerOptions;
  #server: Server | undefined;
  #sockets: NodeWebSocket | undefined;

  constructor(options: WebServerOptions) {
    this.#options = options;
  }

  /** Resolves with the port. Throws UnavailableError when it is taken. */
  start(): Promise<number> {
    const app = createApp(this.#options, (app) => {
      this.#sockets = createNodeWebSocket({ app });
      this.#sockets.wss.options.maxPayload = MAX_SOCKET_MESSAGE_BYTES;
      return this.#sockets.upgradeWebSocket;
    });
    this.#server = this.#createServer(getRequestListener(app.fetch));
    this.#sockets?.injectWebSocket(this.#server);
    return listenOn(this.#server, this.#options, "HTTP");
  }

  #createServer(listener: Parameters<typeof createServer>[1]): Server {
    const { tls } = this.#options;
    if (!tls) return createServer(listener);
    const server = createTlsServer({ ...tls.pair }, listener);
    tls.onChange((pair) => server.setSecureContext({ ...pair }));
    return server;
  }

  async stop(): Promise<void> {
    for (const socket of this.#sockets?.wss.clients ?? []) socket.terminate();
    const closed = this.#server ? closeServer(this.#server) : Promise.resolve();
    this.#server?.closeAllConnections();
    await closed;
  }
}
