/** The agent's connection to the cloud: what comes down goes to whom it concerns, what goes up is sent here. */
import { Backoff, type Clock, type DeviceAddress, InputError, parseJsonAs, TimePong, topicOf } from "@tactus/shared";
import type { Logger } from "pino";
import type { CloudConnection } from "../identity/cloud-connection.js";
import { ClockCheck } from "./clock-check.js";
import { MqttLink, type Sender, type SendOptions } from "./mqtt-link.js";
import type { ClockReading } from "./outbox-draft.js";

const PING_INTERVAL_MS = 30_000;
const SUBSCRIBED = [
  "override/set",
  "output/watch",
  "watch",
  "history/ack",
  "telemetry/ack",
  "twin/desired",
  "command",
  "time/pong",
] as const;

export interface CloudLinkParts {
  address: DeviceAddress;
  cloud: CloudConnection;
  session: string;
  will: { topic: string; payload: string };
  clock: Clock;
  /** Epoch microseconds by the wall clock. */
  nowUs: () => number;
  /** A wall clock that shows less is wrong: epoch milliseconds. */
  floorMs: number;
  log: Logger;
}

export interface CloudEvents {
  onUp: () => void;
  onDown: () => void;
  onOverride: (payload: Buffer) => void;
  /** A page wants to see an output's lamps. */
  onOutputWatch: (payload: Buffer) => void;
  /** A page looks at this device. */
  onWatch: (payload: Buffer) => void;
  onHistoryAck: (payload: Buffer) => void;
  onTelemetryAck: (payload: Buffer) => void;
  onTwinDesired: (payload: Buffer) => void;
  onCommand: (payload: Buffer) => void;
  /** The clock of this box is, or is no longer, far from the cloud's. */
  onClock: (isOff: boolean) => void;
}

export class CloudLink implements Sender {
  readonly #parts: CloudLinkParts;
  readonly #clockCheck = new ClockCheck();
  #events: CloudEvents | undefined;
  #link: MqttLink | undefined;
  #pinging: NodeJS.Timeout | undefined;

  constructor(parts: CloudLinkParts) {
    this.#parts = parts;
  }

  get isUp(): boolean {
    return this.#link?.isUp ?? false;
  }

  /** How this box's date compares with the cloud's, as far as that was measured. */
  readClock(): ClockReading {
    const { nowUs, floorMs } = this.#parts;
    const offsetUs = this.#clockCheck.offsetUs();
    const synchronised = offsetUs !== undefined && !this.#clockCheck.isOff() && nowUs() >= floorMs * 1000;
    return { offsetUs: Math.round(offsetUs ?? 0), uncertaintyUs: this.#clockCheck.uncertaintyUs() ?? 0, synchronised };
  }

  start(events: CloudEvents): void {
    const { address, cloud, session, will, clock, log } = this.#parts;
    this.#events = events;
    this.#link = new MqttLink({
      name: "cloud",
      clientId: `${address.venue}/${address.device}/${session}`,
      login: () => cloud.login(),
      openStream: cloud.openStream,
      onRefused: () => cloud.refused(),
      will,
      subscriptions: SUBSCRIBED.map((leaf) => topicOf(address, leaf)),
      backoff: new Backoff(),
      clock,
      log,
      onUp: () => this.#up(),
      onDown: events.onDown,
      onMessage: (topic, payload) => this.#hear(topic, payload),
    });
    this.#pinging = setInterval(() => this.#ping(), PING_INTERVAL_MS);
    this.#link.start(cloud.mqttUrl);
  }

  async stop(farewell: { topic: string; payload: string }): Promise<void> {
    clearInterval(this.#pinging);
    await this.#link?.stop(farewell);
  }

  send(topic: string, payload: string | Buffer, options?: SendOptions): boolean {
    return this.#link?.send(topic, payload, options) ?? false;
  }

  #up(): void {
    this.#ping();
    this.#events?.onUp();
  }

  #ping(): void {
    const { address, session, nowUs } = this.#parts;
    this.send(topicOf(address, "time/ping"), JSON.stringify({ v: 1, client: session, sentAtUs: nowUs() }));
  }

  #hear(topic: string, payload: Buffer): void {
    const { address } = this.#parts;
    if (topic === topicOf(address, "override/set")) this.#events?.onOverride(payload);
    if (topic === topicOf(address, "output/watch")) this.#events?.onOutputWatch(payload);
    if (topic === topicOf(address, "watch")) this.#events?.onWatch(payload);
    if (topic === topicOf(address, "history/ack")) this.#events?.onHistoryAck(payload);
    if (topic === topicOf(address, "telemetry/ack")) this.#events?.onTelemetryAck(payload);
    if (topic === topicOf(address, "twin/desired")) this.#events?.onTwinDesired(payload);
    if (topic === topicOf(address, "command")) this.#events?.onCommand(payload);
    if (topic === topicOf(address, "time/pong")) this.#pong(payload);
  }

  #pong(payload: Buffer): void {
    const { session, nowUs, log } = this.#parts;
    const receivedAtUs = nowUs();
    try {
      const pong = parseJsonAs(TimePong, payload, "time/pong");
      if (pong.client !== session) return;
      this.#clockCheck.hear(pong, receivedAtUs);
      this.#events?.onClock(this.#clockCheck.isOff());
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      log.warn({ reason: error.message }, "Message ignored");
    }
  }
}
