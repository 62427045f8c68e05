/** One connection of the agent to a broker: opened again whenever it breaks, with a last will. */
import type { Duplex } from "node:stream";
import type { Backoff, Clock } from "@tactus/shared";
import { connect, type IClientOptions, MqttClient } from "mqtt";
import type { Logger } from "pino";

const CONNECT_TIMEOUT_MS = 10_000;
const KEEPALIVE_S = 15;
/** CONNACK return codes: bad user name or password, not authorized [MQTT-3.2.2.3]. */
const REFUSED = new Set([4, 5]);
/** A link this far behind gets no live messages: bytes not yet taken by its socket. */
const BEHIND_BYTES = 64 * 1024;

export interface LinkEvents {
  /** Connected and subscribed. */
  onUp: () => void;
  onDown: () => void;
  onMessage: (topic: string, payload: Buffer) => void;
}

export interface MqttLinkOptions extends LinkEvents {
  /** For the log: "cloud". */
  name: string;
  clientId: string;
  /** Asked at every connect. */
  login: () => { username: string | undefined; password: string | undefined };
  /** The broker refused the login. */
  onRefused?: () => void;
  /** Takes the place of a plain connection to the address. */
  openStream?: (() => Duplex) | undefined;
  will: { topic: string; payload: string };
  subscriptions: readonly string[];
  backoff: Backoff;
  clock: Clock;
  log: Logger;
}

export interface SendOptions {
  qos?: 0 | 1;
  retain?: boolean;
}

/** What senders need of a link. */
export interface Sender {
  readonly isUp: boolean;
  /** False when it was not sent: the link is down, or a message of QoS 0 would have to wait. */
  send(topic: string, payload: string | Buffer, options?: SendOptions): boolean;
}

export class MqttLink implements Sender {
  readonly #options: MqttLinkOptions;
  #url: string | undefined;
  #client: MqttClient | undefined;
  #retry: NodeJS.Timeout | undefined;
  #isUp = false;

  constructor(options: MqttLinkOptions) {
    this.#options = options;
  }

  get isUp(): boolean {
    return this.#isUp;
  }

  /** Called again, it moves to the new address. */
  start(url: string): void {
    const isFirst = this.#url === undefined;
    this.#url = url;
    if (isFirst) this.#open();
    else this.#client?.end(true);
  }

  /** Says `farewell` in place of the last will, and closes. */
  async stop(farewell?: { topic: string; payload: string }): Promise<void> {
    this.#url = undefined;
    clearTimeout(this.#retry);
    const client = this.#client;
    if (!client) return;
    if (this.#isUp && farewell)
      await client.publishAsync(farewell.topic, farewell.payload, { qos: 1, retain: true }).catch(() => {});
    await client.endAsync(!this.#isUp).catch(() => {});
  }

  send(topic: string, payload: string | Buffer, { qos = 0, retain = false }: SendOptions = {}): boolean {
    const client = this.#client;
    if (!client || !this.#isUp) return false;
    if (qos === 0 && client.stream.writableLength > BEHIND_BYTES) return false;
    client.publish(topic, payload, { qos, retain }, () => {});
    return true;
  }

  /** In addition to the lasting subscriptions, for this session only. */
  subscribe(topics: readonly string[]): void {
    if (this.#isUp) this.#client?.subscribe([...topics], { qos: 0 }, () => {});
  }

  unsubscribe(topics: readonly string[]): void {
    if (this.#isUp) this.#client?.unsubscribe([...topics], () => {});
  }

  #open(): void {
    const { clientId, login, will, openStream, onMessage, onRefused, log, name } = this.#options;
    if (!this.#url) return;
    const { username, password } = login();
    const options: IClientOptions = {
      clientId,
      ...(username === undefined ? {} : { username }),
      ...(password === undefined ? {} : { password }),
      will: { ...will, payload: Buffer.from(will.payload), qos: 1, retain: true },
      protocolVersion: 4, // aedes speaks nothing newer
      clean: true,
      reconnectPeriod: 0,
      connectTimeout: CONNECT_TIMEOUT_MS,
      keepalive: KEEPALIVE_S,
      queueQoSZero: false,
      resubscribe: false,
    };
    const client = openStream ? new MqttClient(openStream, options) : connect(this.#url, options);
    this.#client = client;
    client.on("connect", () => void this.#opened(client));
    client.on("message", (topic, payload) => onMessage(topic, payload));
    client.on("error", (error) => {
      log.warn({ link: name, reason: error.message }, "MQTT link error");
      if ("code" in error && REFUSED.has(Number(error.code))) onRefused?.();
    });
    client.once("close", () => this.#closed(client));
  }

  async #opened(client: MqttClient): Promise<void> {
    const { subscriptions, backoff, clock, onUp, log, name } = this.#options;
    try {
      if (subscriptions.length > 0) await client.subscribeAsync([...subscriptions], { qos: 1 });
    } catch (error) {
      log.warn({ link: name, reason: (error as Error).message }, "MQTT subscription refused");
      client.end(true);
      return;
    }
    if (!client.connected) return;
    backoff.opened(clock.monotonic());
    this.#isUp = true;
    log.info({ link: name }, "MQTT link up");
    onUp();
  }

  #closed(client: MqttClient): void {
    const { backoff, clock, onDown, log, name } = this.#options;
    client.end(true);
    const wasUp = this.#isUp;
    this.#isUp = false;
    if (wasUp) onDown();
    if (!this.#url) return;
    const wait = backoff.closed(clock.monotonic());
    if (wasUp) log.warn({ link: name, retryInS: Math.round(wait * 10) / 10 }, "MQTT link down");
    this.#retry = setTimeout(() => this.#open(), wait * 1000);
  }
}
