/** One connection to an MQTT broker: opened again whenever it breaks; sends what it can and never waits. */
import { Backoff } from "@tactus/shared";
import { connect, type IClientOptions, type MqttClient } from "mqtt";

const CONNECT_TIMEOUT_MS = 10_000;
const KEEPALIVE_S = 15;
/** A link this far behind gets no messages of QoS 0: bytes not yet taken by its socket. */
const BEHIND_BYTES = 256 * 1024;
/** Return code of a refused filter [MQTT-3.9.3-2]. */
const REFUSED = 0x80;

export interface MqttConnectionOptions {
  /** mqtt://, mqtts://, ws:// or wss:// */
  url: string;
  username?: string | undefined;
  password?: string | undefined;
  /** Unique per broker. */
  clientId: string;
  will?: { topic: string; payload: string } | undefined;
  /** Connected: subscribe and publish what is retained. */
  onUp: (connection: MqttConnection) => void;
  onDown?: () => void;
  onMessage?: (topic: string, payload: Buffer, retained: boolean) => void;
  /** Why it does not work, in one line; the same reason is told once. */
  onTrouble: (reason: string) => void;
  backoff?: Backoff;
}

export class MqttConnection {
  readonly #options: MqttConnectionOptions;
  readonly #backoff: Backoff;
  #client: MqttClient | undefined;
  #retry: NodeJS.Timeout | undefined;
  #isUp = false;
  #isStopped = true;
  #told = "";

  constructor(options: MqttConnectionOptions) {
    this.#options = options;
    this.#backoff = options.backoff ?? new Backoff({ cap: 5 });
  }

  get isUp(): boolean {
    return this.#isUp;
  }

  start(): void {
    this.#isStopped = false;
    this.#open();
  }

  /** `farewell` is sent in place of the last will. */
  async stop(farewell?: { topic: string; payload: string }): Promise<void> {
    this.#isStopped = true;
    clearTimeout(this.#retry);
    const client = this.#client;
    this.#client = undefined;
    if (!client) return;
    if (this.#isUp && farewell)
      await client.publishAsync(farewell.topic, farewell.payload, { qos: 1, retain: true }).catch(() => {});
    await client.endAsync(!this.#isUp).catch(() => {});
    this.#isUp = false;
  }

  /** `remedy`: what to do when the broker refuses one of the filters. */
  subscribe(filters: readonly string[], remedy = "it needs a user who may read them"): void {
    if (!this.#isUp) return;
    this.#client?.subscribe([...filters], { qos: 0 }, (error, granted) => {
      if (!error) return;
      const refused = (granted ?? []).filter(({ qos }) => Number(qos) >= REFUSED).map(({ topic }) => topic);
      this.#trouble(`subscription to ${(refused.length > 0 ? refused : filters).join(", ")} refused: ${remedy}`);
    });
  }

  /** False when it was not sent: the link is down or far behind. Never waits. */
  send(topic: string, payload: string | Buffer, options: { retain?: boolean; qos?: 0 | 1 } = {}): boolean {
    const client = this.#client;
    if (!client || !this.#isUp) return false;
    const qos = options.qos ?? 0;
    if (qos === 0 && client.stream.writableLength > BEHIND_BYTES) return false;
    client.publish(topic, payload, { qos, retain: options.retain ?? false }, () => {});
    return true;
  }

  #open(): void {
    const { url, onMessage } = this.#options;
    const client = connect(url, this.#clientOptions());
    this.#client = client;
    client.on("connect", () => {
      this.#isUp = true;
      this.#told = "";
      this.#backoff.opened(performance.now() / 1000);
      this.#options.onUp(this);
    });
    client.on("message", (topic, payload, { retain }) => onMessage?.(topic, payload, retain));
    client.on("error", (error) => this.#trouble(reasonOf(error)));
    client.once("close", () => this.#closed(client));
  }

  #clientOptions(): IClientOptions {
    const { clientId, username, password, will } = this.#options;
    return {
      clientId,
      ...(username === undefined ? {} : { username }),
      ...(password === undefined ? {} : { password }),
      ...(will ? { will: { topic: will.topic, payload: Buffer.from(will.payload), qos: 1, retain: true } } : {}),
      protocolVersion: 4, // the box's broker speaks nothing newer
      clean: true,
      reconnectPeriod: 0,
      connectTimeout: CONNECT_TIMEOUT_MS,
      keepalive: KEEPALIVE_S,
      queueQoSZero: false,
      resubscribe: false,
    };
  }

  #closed(client: MqttClient): void {
    client.end(true);
    if (this.#isUp) {
      this.#isUp = false;
      this.#options.onDown?.();
    }
    if (this.#isStopped) return;
    const wait = this.#backoff.closed(performance.now() / 1000);
    this.#retry = setTimeout(() => this.#open(), wait * 1000);
  }

  #trouble(reason: string): void {
    if (reason === this.#told) return;
    this.#told = reason;
    this.#options.onTrouble(reason);
  }
}

/** Return codes of a refused login [MQTT-3.2.2.3]. */
const LOGIN_REFUSED = new Set<unknown>([4, 5]);

function reasonOf(error: Error): string {
  const { code } = error as { code?: unknown };
  const reason = error.message || String(code ?? "error");
  if (code === "ECONNREFUSED") return `${reason}: is tactus device, or your broker, running there?`;
  return LOGIN_REFUSED.has(code) ? `${reason}: check the username and password written for it` : reason;
}
