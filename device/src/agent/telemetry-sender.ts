/** Summaries of hearing into the outbox of telemetry, from there to the cloud, and its `telemetry/ack` back. */
import { type Clock, type DeviceAddress, InputError, parseJsonAs, TelemetryAck, topicOf } from "@tactus/shared";
import type { Logger } from "pino";
import type { Sender } from "./mqtt-link.js";
import type { Summary, TelemetryOutbox } from "./telemetry-outbox.js";

export interface TelemetrySenderParts {
  address: DeviceAddress;
  outbox: TelemetryOutbox;
  cloud: Sender;
  clock: Clock;
  log: Logger;
}

/** Summaries on their way at the same time: what the cloud acknowledges makes room for more, so it sets the pace. */
const WINDOW = 24;
/** One that is not acknowledged is sent again after this: seconds. */
const RESEND_S = 20;
const TICK_MS = 2000;

export class TelemetrySender {
  readonly #parts: TelemetrySenderParts;
  /** When each was sent, by session and sequence: monotonic seconds. */
  readonly #onTheWay = new Map<string, number>();
  #cursor = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(parts: TelemetrySenderParts) {
    this.#parts = parts;
  }

  start(): void {
    this.#parts.outbox.startSync();
    this.#timer = setInterval(() => this.#tick(), TICK_MS);
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#parts.outbox.stop();
  }

  /** On disk when it returns, and on its way when there is a link: nothing of an outage is before it. */
  add(message: Summary): void {
    if (!this.#timer) return;
    this.#parts.outbox.addSync(message);
    this.#send(message);
  }

  /** A `telemetry/ack` message. */
  acknowledge(payload: Buffer): void {
    const ack = this.#read(payload);
    if (!ack || !this.#timer) return;
    const { session, sequences, refused } = ack;
    if (refused !== undefined)
      this.#parts.log.warn({ session, sequences, reason: refused }, "The cloud will not store telemetry");
    this.#parts.outbox.forget(session, sequences);
    for (const sequence of sequences) this.#onTheWay.delete(keyOf({ session, sequence }));
    this.#sendMore();
  }

  /** What was on its way may not have come. */
  linkUp(): void {
    this.#onTheWay.clear();
    this.#cursor = 0;
    this.#sendMore();
  }

  #tick(): void {
    const now = this.#parts.clock.monotonic();
    const isOld = [...this.#onTheWay.values()].some((sentAt) => now - sentAt >= RESEND_S);
    if (isOld) this.linkUp();
    else this.#sendMore();
  }

  #sendMore(): void {
    const { outbox, cloud } = this.#parts;
    if (!cloud.isUp || !this.#timer) return;
    const room = WINDOW - this.#onTheWay.size;
    if (room <= 0) return;
    for (const { id, message } of outbox.readSync(this.#cursor, room)) {
      this.#cursor = id;
      if (!this.#onTheWay.has(keyOf(message))) this.#send(message);
    }
  }

  #send(message: Summary): void {
    const { cloud, address, clock } = this.#parts;
    if (!cloud.send(topicOf(address, "telemetry"), JSON.stringify(message), { qos: 1 })) return;
    this.#onTheWay.set(keyOf(message), clock.monotonic());
  }

  #read(payload: Buffer): TelemetryAck | undefined {
    try {
      return parseJsonAs(TelemetryAck, payload, "telemetry/ack");
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      this.#parts.log.warn({ reason: error.message }, "Message ignored");
      return undefined;
    }
  }
}

const keyOf = ({ session, sequence }: { session: string; sequence: number }): string => `${session} ${sequence}`;
