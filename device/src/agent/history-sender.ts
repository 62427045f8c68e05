/** `beat` messages of the local broker into `history` batches to the cloud, and its `history/ack` back. */
import {
  BeatPrediction,
  type Clock,
  type DeviceAddress,
  HistoryAck,
  InputError,
  parseJsonAs,
  topicOf,
} from "@tactus/shared";
import type { Logger } from "pino";
import { HistoryCollector } from "./history-collector.js";
import { HistoryQueue } from "./history-queue.js";
import type { Sender } from "./mqtt-link.js";

const INTERVAL_MS = 1000;

export interface HistorySenderParts {
  address: DeviceAddress;
  session: string;
  cloud: Sender;
  clock: Clock;
  log: Logger;
}

export class HistorySender {
  readonly #parts: HistorySenderParts;
  readonly #collector = new HistoryCollector();
  readonly #queue: HistoryQueue;
  #timer: NodeJS.Timeout | undefined;
  #lossTold = 0;

  constructor(parts: HistorySenderParts) {
    this.#parts = parts;
    this.#queue = new HistoryQueue({ session: parts.session });
  }

  start(): void {
    this.#timer = setInterval(() => this.flush(), INTERVAL_MS);
  }

  stop(): void {
    clearInterval(this.#timer);
    this.flush();
  }

  /** A `beat` message of the local broker. */
  hear(payload: Buffer): void {
    const prediction = this.#read(BeatPrediction, payload, "beat");
    if (prediction) this.#collector.hear(prediction, this.#parts.clock.monotonic());
  }

  /** A `history/ack` message of the cloud. */
  acknowledge(payload: Buffer): void {
    const ack = this.#read(HistoryAck, payload, "history/ack");
    if (!ack) return;
    this.#queue.acknowledge(ack.session, ack.sequence);
    this.#send();
  }

  linkLost(): void {
    this.#queue.linkLost();
  }

  /** Send what has fallen. Once a second, and when the link comes up. */
  flush(): void {
    this.#queue.add(this.#collector.take(this.#parts.clock.monotonic()));
    this.#tellLoss();
    this.#send();
  }

  #send(): void {
    const { cloud, address, clock } = this.#parts;
    if (!cloud.isUp) return;
    for (const batch of this.#queue.takeDue(clock.monotonic())) {
      cloud.send(topicOf(address, "history"), JSON.stringify(batch), { qos: 1 });
    }
  }

  #tellLoss(): void {
    const lost = this.#queue.lostBeats - this.#lossTold;
    if (lost === 0) return;
    this.#lossTold += lost;
    this.#parts.log.warn({ beats: lost, total: this.#lossTold }, "History is full, the oldest beats were dropped");
  }

  #read<T>(schema: Parameters<typeof parseJsonAs<T>>[0], payload: Buffer, what: string): T | undefined {
    try {
      return parseJsonAs(schema, payload, what);
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      this.#parts.log.warn({ reason: error.message }, "Message ignored");
      return undefined;
    }
  }
}
