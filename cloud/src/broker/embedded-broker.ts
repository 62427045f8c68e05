/** The MQTT broker that devices connect to, inside the cloud's process. */
import { createServer, type Server, type Socket } from "node:net";
import { createServer as createTlsServer } from "node:tls";
import { type DeviceAddress, InputError, type Leaf, MAX_MESSAGE_BYTES, type NamedLeaf, topicOf } from "@tactus/shared";
import { Aedes, type Client } from "aedes";
import { closeServer, listenOn } from "../listen.js";
import type { Log } from "../log.js";
import type { Counter, Metrics } from "../metrics.js";
import type { ServerTls } from "../tls/server-tls.js";
import { mayPublish, mayRetain, maySubscribe } from "./device-acl.js";
import type { DeviceAuth } from "./device-auth.js";
import type { DeviceLink, PublishOptions } from "./device-link.js";
import { HeldAcks } from "./held-acks.js";
import { PacketLimit } from "./packet-limit.js";
import { type RetainedPersistence, RetainedTopics } from "./retained-topics.js";

export interface BrokerOptions {
  host: string;
  port: number;
  maxClients: number;
  auth: DeviceAuth;
  /** Undefined: plain MQTT. */
  tls?: ServerTls | undefined;
  metrics: Metrics;
  log: Log;
}

/** Room for the topic and the packet's own header beside the largest message. */
const MAX_PACKET_BYTES = MAX_MESSAGE_BYTES + 1024;

export class EmbeddedBroker implements DeviceLink {
  readonly #options: BrokerOptions;
  readonly #addresses = new WeakMap<Client, DeviceAddress>();
  /** Who is connected or about to be, by user name. */
  readonly #byUser = new Map<string, Set<Client>>();
  readonly #refused: Counter;
  readonly #sockets = new Set<Socket>();
  readonly #held = new HeldAcks();
  #handler: (topic: string, payload: Buffer) => void = () => {};
  #aedes: Aedes | undefined;
  #server: Server | undefined;
  #port = 0;

  constructor(options: BrokerOptions) {
    this.#options = options;
    this.#refused = options.metrics.counter("tactus_mqtt_refused_total", "Connections and packets refused, by reason");
    options.metrics.gauge("tactus_mqtt_clients", "MQTT clients connected", () => this.#aedes?.connectedClients ?? 0);
  }

  onMessage(handler: (topic: string, payload: Buffer) => void): void {
    this.#handler = handler;
  }

  /** Resolves with the port. Throws UnavailableError when it is taken. */
  async start(): Promise<number> {
    this.#aedes = await this.#createAedes();
    this.#server = this.#createServer();
    const { host, port } = this.#options;
    this.#port = await listenOn(this.#server, { host, port }, "MQTT");
    return this.#port;
  }

  /** Where it listens; 0 before start(). */
  get port(): number {
    return this.#port;
  }

  /** Ends every connection of this device now; its last will is said unless it is to go without a word. */
  kick(deviceId: string, { silently = false }: { silently?: boolean } = {}): void {
    for (const client of this.#byUser.get(deviceId) ?? []) {
      if (silently) Object.assign(client, { will: null }); // its types leave it out
      client.conn.destroy();
    }
  }

  async stop(): Promise<void> {
    const closed = this.#server ? closeServer(this.#server) : Promise.resolve();
    await new Promise<void>((resolve) => (this.#aedes ? this.#aedes.close(() => resolve()) : resolve()));
    for (const socket of this.#sockets) socket.destroy();
    this.#held.stop();
    await closed;
  }

  publish(
    at: DeviceAddress,
    leaf: Leaf | NamedLeaf,
    message: object,
    { retain = false, qos = 1 }: PublishOptions = {},
  ): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#aedes?.publish(
        {
          cmd: "publish",
          topic: topicOf(at, leaf),
          payload: Buffer.from(JSON.stringify(message)),
          qos,
          retain,
          dup: false,
        },
        (error) => (error ? reject(error) : resolve()),
      );
    });
  }

  #createServer(): Server {
    const { tls } = this.#options;
    if (!tls) return createServer((socket) => this.#admit(socket));
    const server = createTlsServer({ ...tls.pair, handshakeTimeout: 10_000 }, (socket) => this.#admit(socket));
    tls.onChange((pair) => server.setSecureContext({ ...pair }));
    server.on("tlsClientError", () => this.#refused.add({ reason: "tls" }));
    return server;
  }

  async #createAedes(): Promise<Aedes> {
    const aedes = await Aedes.createBroker({
      maxClientsIdLength: 256,
      connectTimeout: 10_000,
      concurrency: 0, // with a bound, messages to devices that take nothing would hold up all others
      preConnect: (_client, packet, done) => {
        // The id is prefixed, so that nobody can push another device off by taking its client id.
        if (packet.clientId) packet.clientId = `${packet.username ?? ""}/${packet.clientId}`;
        packet.clean = true; // a device that comes back is told anew what it must know: nothing is queued for it
        done(null, true);
      },
      authenticate: (client, username, password, done) => {
        this.#authenticate(client, username ?? "", password?.toString() ?? "").then(
          (known) => done(null, known),
          (error) => done(Object.assign(error, { returnCode: 3 }), null),
        );
      },
      authorizePublish: (client, packet, done) => {
        const own = client ? this.#addresses.get(client) : undefined;
        if (own && mayPublish(own, packet.topic)) {
          packet.retain &&= mayRetain(packet.topic);
          return done(null);
        }
        this.#refused.add({ reason: "publish" });
        done(new Error(`${client?.id} may not publish on ${packet.topic}`));
      },
      authorizeSubscribe: (client, subscription, done) => {
        const own = this.#addresses.get(client);
        if (own && maySubscribe(own, subscription.topic)) return done(null, subscription);
        this.#refused.add({ reason: "subscribe" });
        done(null, null); // granted as 128: refused [MQTT-3.9.3-2]
      },
    });
    new RetainedTopics().serve((aedes as unknown as { persistence: RetainedPersistence }).persistence);
    this.#observe(aedes);
    return aedes;
  }

  #observe(aedes: Aedes): void {
    const { log } = this.#options;
    aedes.on("publish", (packet, client) => {
      if (client) this.#handler(packet.topic, Buffer.from(packet.payload));
    });
    aedes.on("clientError", (client, error) =>
      log.debug({ client: client.id, reason: error.message }, "Device link ended"),
    );
    aedes.on("connectionError", (_client, error) => log.debug({ reason: error.message }, "Connection refused"));
  }

  async #authenticate(client: Client, username: string, password: string): Promise<boolean> {
    this.#remember(client, username); // before the check: a revocation while it runs cuts it, too
    const at = await this.#options.auth.check(username, password);
    if (at) {
      this.#addresses.set(client, at);
      return true;
    }
    this.#refused.add({ reason: "credentials" });
    this.#options.log.warn({ username: username.slice(0, 80) }, "Device refused: unknown user or wrong password");
    return false;
  }

  #remember(client: Client, username: string): void {
    const clients = this.#byUser.get(username) ?? new Set();
    this.#byUser.set(username, clients.add(client));
    client.conn.once("close", () => {
      clients.delete(client);
      if (clients.size === 0 && this.#byUser.get(username) === clients) this.#byUser.delete(username);
    });
  }

  #admit(socket: Socket): void {
    if (this.#sockets.size >= this.#options.maxClients) {
      this.#refused.add({ reason: "too-many" });
      socket.destroy();
      return;
    }
    this.#sockets.add(socket);
    socket.setNoDelay(true);
    socket.on("close", () => this.#sockets.delete(socket));
    const connection = new PacketLimit({ socket, maxBytes: MAX_PACKET_BYTES, held: this.#held });
    connection.on("error", (error) => {
      if (!(error instanceof InputError)) return;
      this.#refused.add({ reason: "packet-size" });
      this.#options.log.warn({ reason: error.message }, "Device link cut");
    });
    this.#aedes?.handle(connection);
  }
}
