/** The broker in the box: the hearing's messages to the venue, and the venue's requests to the hearing. */
import type { EventEmitter } from "node:events";
import { type Clock, type DeviceAddress, type Leaf, topicOf } from "@tactus/shared";
import { Aedes, type AedesPublishPacket, type AuthenticateError, type Client, type ConnectPacket } from "aedes";
import type { Logger } from "pino";
import { AccessRules, type Role } from "./broker/access-rules.js";
import { Authenticator, type AuthenticatorOptions } from "./broker/authenticator.js";
import { Listeners, type ListenersOptions } from "./broker/listeners.js";
import { PublishRate } from "./broker/publish-rate.js";
import { filterCovers } from "./broker/topic-filter.js";
import type { Outlet, PublishOptions } from "./publish/outlet.js";

/** A client this far behind misses messages of QoS 0: bytes not yet taken by its socket. */
const SKIP_BEYOND_BYTES = 32 * 1024;
/** And this far behind it is dropped: nobody may hold up the others. */
const DROP_BEYOND_BYTES = 256 * 1024;
const CONNECT_TIMEOUT_MS = 5000;
/** CONNACK return codes [MQTT-3.2.2.3]. */
const RETURN_CODE = { "bad-login": 4, "not-authorized": 5, "try-later": 3 } as const;

export interface LocalBrokerOptions extends AuthenticatorOptions, ListenersOptions {
  address: DeviceAddress;
  clock: Clock;
  log: Logger;
}

interface Guest {
  role: Role;
  rate: PublishRate;
  filters: Set<string>;
}

export class LocalBroker implements Outlet {
  readonly #options: LocalBrokerOptions;
  readonly #rules: AccessRules;
  readonly #authenticator: Authenticator;
  readonly #listeners: Listeners;
  readonly #guests = new WeakMap<Client, Guest>();
  readonly #present = new Map<Client, Guest>();
  readonly #addresses = new WeakMap<Client, string>();
  readonly #read = new Map<Leaf, boolean>();
  readonly #aedes: Aedes;

  constructor(options: LocalBrokerOptions) {
    this.#options = options;
    this.#rules = new AccessRules(options.address);
    this.#authenticator = new Authenticator(options);
    this.#aedes = new Aedes(this.#policies());
    this.#listeners = new Listeners(options, (connection, request, address) => {
      this.#addresses.set(this.#aedes.handle(connection, request), address);
    });
  }

  /** Rejects with UnavailableError when the port cannot be had. */
  async start(): Promise<void> {
    await this.#aedes.listen();
    this.#watchSubscriptions();
    this.#logErrors();
    await this.#listeners.start();
  }

  async stop(): Promise<void> {
    await new Promise<void>((resolve) => this.#aedes.close(resolve));
    await this.#listeners.stop();
  }

  get port(): number {
    return this.#listeners.port;
  }

  /** May anyone on the venue's network read, from now on? Whoever did and may no longer is cut off. */
  openToAll(publicRead: boolean): void {
    this.#authenticator.openToAll(publicRead);
    if (publicRead) return;
    for (const [client, { role }] of this.#present) if (role === "anyone") client.conn.destroy();
  }

  /** 0 when switched off. */
  get webSocketPort(): number {
    return this.#listeners.webSocketPort;
  }

  publish(leaf: Leaf, message: object, { retain = false, qos = 0 }: PublishOptions = {}): void {
    // One turn of the loop per message: aedes numbers a packet before it stores a retained one, and drops
    // for each client whatever is overtaken in between, as if it had come twice.
    setImmediate(() => {
      const payload = Buffer.from(JSON.stringify(message));
      const topic = topicOf(this.#options.address, leaf);
      this.#aedes.publish({ cmd: "publish", topic, payload, qos, retain, dup: false }, (error) => {
        if (error) this.#options.log.warn({ topic, reason: error.message }, "Message not published");
      });
    });
  }

  isRead(leaf: Leaf): boolean {
    const known = this.#read.get(leaf);
    if (known !== undefined) return known;
    const topic = topicOf(this.#options.address, leaf);
    const read = [...this.#present.values()].some(
      ({ role, filters }) =>
        this.#rules.mayRead(role, topic) && [...filters].some((filter) => filterCovers(filter, topic)),
    );
    this.#read.set(leaf, read);
    return read;
  }

  onMessage(leaf: Leaf, handler: (payload: Uint8Array) => void): void {
    const deliver = (packet: AedesPublishPacket, done: () => void) => {
      try {
        handler(Buffer.from(packet.payload));
      } catch (error) {
        this.#options.log.error({ err: error, leaf }, "A request could not be handled");
      }
      done();
    };
    this.#aedes.subscribe(topicOf(this.#options.address, leaf), deliver, () => {});
  }

  #policies(): ConstructorParameters<typeof Aedes>[0] {
    return {
      connectTimeout: CONNECT_TIMEOUT_MS,
      concurrency: 1000,
      maxInflightInbound: 16,
      maxClientsIdLength: 512,
      maxTopicLevels: 16,
      preConnect: (client, packet, done) => {
        this.#isolate(client, packet);
        done(null, true);
      },
      authenticate: (client, username, password, done) => {
        const error = this.#admit(client, username, password);
        done(error ?? null, error === undefined);
      },
      authorizeSubscribe: (client, subscription, done) => {
        const granted = this.#rules.maySubscribe(this.#roleOf(client), subscription.topic);
        done(null, granted ? subscription : null);
      },
      // A turn of the loop of its own for each message: see publish().
      authorizePublish: (client, packet, done) => {
        const refusal = this.#refusal(client, packet.topic);
        setImmediate(() => done(refusal));
      },
      authorizeForward: (client, packet) => (this.#mayForward(client, packet) ? packet : null),
    };
  }

  /** No session outlives its connection, and nobody can take over the client id of another user or address. */
  #isolate(client: Client, packet: ConnectPacket): void {
    packet.clean = true;
    const address = this.#addresses.get(client) ?? "";
    if (packet.clientId) packet.clientId = `${packet.username ?? ""}@${address}/${packet.clientId}`;
  }

  #admit(client: Client, username: string | undefined, password: Buffer | undefined): AuthenticateError | undefined {
    const address = this.#addresses.get(client) ?? "";
    const claim = { username: username ?? "", password: password?.toString("utf8") ?? "", address };
    const verdict = this.#authenticator.judge(claim, this.#options.clock.monotonic());
    if ("role" in verdict) {
      this.#guests.set(client, { role: verdict.role, rate: new PublishRate(), filters: new Set() });
      return undefined;
    }
    this.#options.log.warn({ address, username, reason: verdict.refused }, "MQTT client refused");
    return Object.assign(new Error(verdict.refused), { returnCode: RETURN_CODE[verdict.refused] });
  }

  #roleOf(client: Client): Role {
    return this.#guests.get(client)?.role ?? "anyone";
  }

  #refusal(client: Client | null, topic: string): Error | null {
    const guest = client ? this.#guests.get(client) : undefined;
    if (guest?.role === "internal") return null;
    const now = this.#options.clock.monotonic();
    const reason = !guest || !this.#rules.mayWrite(guest.role, topic) ? "not allowed" : "too many messages";
    if (guest && reason !== "not allowed" && guest.rate.allows(now)) return null;
    this.#options.log.warn({ client: client?.id, topic, reason }, "MQTT message refused, client disconnected");
    return new Error(`Publishing ${reason}`);
  }

  #mayForward(client: Client, packet: AedesPublishPacket): boolean {
    if (!this.#rules.mayRead(this.#roleOf(client), packet.topic)) return false;
    const behind = client.conn.writableLength;
    if (behind > DROP_BEYOND_BYTES) {
      this.#options.log.warn({ client: client.id, behind }, "MQTT client does not keep up, disconnected");
      client.conn.destroy();
      return false;
    }
    return packet.qos > 0 || behind <= SKIP_BEYOND_BYTES;
  }

  #watchSubscriptions(): void {
    const change = (client: Client, apply: (filters: Set<string>) => void) => {
      const guest = this.#guests.get(client);
      if (guest) apply(guest.filters);
      this.#read.clear();
    };
    this.#aedes.on("subscribe", (subscriptions, client) =>
      change(client, (filters) => {
        for (const { topic, qos } of subscriptions) if (Number(qos) !== 128) filters.add(topic);
      }),
    );
    this.#aedes.on("unsubscribe", (topics, client) =>
      change(client, (filters) => {
        for (const topic of topics) filters.delete(topic);
      }),
    );
    this.#aedes.on("client", (client) => {
      const guest = this.#guests.get(client);
      if (guest) this.#present.set(client, guest);
    });
    this.#aedes.on("clientDisconnect", (client) => {
      this.#present.delete(client);
      this.#read.clear();
    });
  }

  #logErrors(): void {
    const { log } = this.#options;
    this.#aedes.on("clientError", (client, error) =>
      log.debug({ client: client.id, reason: error.message }, "MQTT client error"),
    );
    this.#aedes.on("connectionError", (_client, error) =>
      log.debug({ reason: error.message }, "MQTT connection error"),
    );
    const emitter: EventEmitter = this.#aedes; // its types leave "error" out
    emitter.on("error", (error: Error) => log.error({ err: error }, "MQTT broker error"));
  }
}
