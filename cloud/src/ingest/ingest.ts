/** Everything devices say into its two ways: history to the store (then acknowledged), the rest to the live board. */
import {
  batchNameOf,
  type DeviceAddress,
  type HistoryAck,
  type HistoryBatch,
  parseTopic,
  type TimePong,
} from "@tactus/shared";
import type { DeviceLink } from "../broker/device-link.js";
import { deviceIdOf } from "../device-id.js";
import type { Log } from "../log.js";
import type { Counter, Metrics } from "../metrics.js";
import type { BatchWriter } from "../store/batch-writer.js";
import { BackfillGrant } from "./backfill-grant.js";
import { type DeviceMessage, decodeMessage } from "./decode-message.js";

type HistoryMessage = Extract<DeviceMessage, { leaf: "history" }>;
type PingMessage = Extract<DeviceMessage, { leaf: "time/ping" }>;
/** What concerns those who steer the fleet, and no page. */
export type FleetMessage = Extract<DeviceMessage, { leaf: "twin/reported" | "command/result" | "log" }>;
export type LiveMessage = Exclude<DeviceMessage, HistoryMessage | PingMessage | FleetMessage>;

export type OnLive = (message: LiveMessage, receivedAtUs: number) => void;
export type OnFleet = (message: FleetMessage, receivedAtUs: number) => void;

export interface IngestOptions {
  link: DeviceLink;
  writer: BatchWriter;
  /** Every live message, in the order of arrival. */
  onLive: OnLive;
  /** Every answer of an agent. */
  onFleet: OnFleet;
  /** A device sent a batch: it is there, even if it has said nothing live yet. */
  onHistory(at: DeviceAddress, receivedAtUs: number): void;
  now(): number;
  metrics: Metrics;
  log: Log;
}

/** Distinct complaints remembered, so that a broken device fills no disk with log lines. */
const MAX_COMPLAINTS = 1000;
const COMPLAIN_EVERY_US = 5_000_000;
/** Beats from further ahead than this are from a box that has no date yet: microseconds. */
const MAX_AHEAD_US = 86_400_000_000;

export class Ingest {
  readonly #options: IngestOptions;
  readonly #received: Counter;
  readonly #rejected: Counter;
  readonly #batches: Counter;
  readonly #beats: Counter;
  readonly #grant = new BackfillGrant();
  readonly #complaints = new Set<string>();
  /** Batches since the last complaint, and when that was. */
  #notStored = 0;
  #complainedUs = 0;

  constructor(options: IngestOptions) {
    this.#options = options;
    const { metrics } = options;
    this.#received = metrics.counter("tactus_messages_total", "Messages from devices, by topic");
    this.#rejected = metrics.counter("tactus_messages_rejected_total", "Messages that were not what their topic says");
    this.#batches = metrics.counter("tactus_history_batches_total", "History batches, by outcome");
    this.#beats = metrics.counter("tactus_history_beats_total", "Beats stored");
  }

  start(): void {
    this.#options.link.onMessage((topic, payload) => this.#take(topic, payload));
  }

  #take(topic: string, payload: Buffer): void {
    const receivedAtUs = this.#options.now();
    const message = this.#decode(topic, payload);
    if (!message) return;
    this.#received.add({ leaf: message.leaf });
    switch (message.leaf) {
      case "history":
        this.#takeHistory(message, receivedAtUs);
        break;
      case "time/ping":
        this.#answerPing(message, receivedAtUs);
        break;
      case "twin/reported":
      case "command/result":
      case "log":
        this.#options.onFleet(message, receivedAtUs);
        break;
      default:
        this.#options.onLive(message, receivedAtUs);
    }
  }

  /** NTP's four stamps: the box keeps the fourth itself. */
  #answerPing({ at, message: { client, sentAtUs: pingSentAtUs } }: PingMessage, receivedAtUs: number): void {
    const pong: TimePong = { v: 1, client, pingSentAtUs, receivedAtUs, sentAtUs: this.#options.now() };
    this.#options.link.publish(at, "time/pong", pong, { qos: 0 }).catch(() => {}); // it pings again
  }

  #takeHistory(message: HistoryMessage, receivedAtUs: number): void {
    this.#options.onHistory(message.at, receivedAtUs);
    const refusal = refusalOf(message.message, receivedAtUs);
    if (refusal === undefined) void this.#store(message, receivedAtUs);
    else this.#refuse(message.at, message.message, refusal);
  }

  #decode(topic: string, payload: Buffer): DeviceMessage | undefined {
    try {
      return decodeMessage(topic, payload);
    } catch (error) {
      this.#rejected.add();
      this.#complainOnce(topic, (error as Error).message);
      this.#refuseBroken(topic, payload, (error as Error).message);
      return undefined;
    }
  }

  /** A batch that can never be stored would come again and again: its device is told, where its name can be read. */
  #refuseBroken(topic: string, payload: Buffer, reason: string): void {
    const parsed = parseTopic(topic);
    const name = parsed?.leaf === "history" ? batchNameOf(payload) : undefined;
    if (parsed && name) this.#refuse(parsed.at, name, reason);
  }

  #refuse(at: DeviceAddress, batch: Pick<HistoryBatch, "session" | "sequence">, reason: string): void {
    this.#batches.add({ outcome: "refused" });
    this.#complainOnce(deviceIdOf(at), reason);
    const ack: HistoryAck = { ...ackOf(batch), refused: reason.slice(0, 200) };
    this.#options.link.publish(at, "history/ack", ack, { qos: 0 }).catch(() => {}); // it comes again, and is refused again
  }

  #complainOnce(topic: string, reason: string): void {
    const complaint = `${topic} ${reason}`;
    if (this.#complaints.has(complaint) || this.#complaints.size >= MAX_COMPLAINTS) return;
    this.#complaints.add(complaint);
    this.#options.log.warn({ topic, reason }, "Message refused; further ones like it are only counted");
  }

  /** Thousands of devices may hear of one full disk. */
  #complainNowAndThen(device: string, reason: string): void {
    const { now, log } = this.#options;
    this.#notStored++;
    if (now() - this.#complainedUs < COMPLAIN_EVERY_US) return;
    log.error({ device, reason, batches: this.#notStored }, "History not stored; the boxes keep it and send it again");
    this.#complainedUs = now();
    this.#notStored = 0;
  }

  /** No acknowledgement before the commit: whatever goes wrong, the device still has the batch and sends it again. */
  async #store({ at, message: batch }: HistoryMessage, receivedAtUs: number): Promise<void> {
    const { writer, link } = this.#options;
    try {
      const deviceId = deviceIdOf(at);
      const outcome = await writer.write({ deviceId, receivedAtUs, batch });
      this.#batches.add({ outcome });
      if (outcome === "stored") this.#beats.add({}, batch.beats.length);
      const late = batch.late ?? false;
      const backfillPerS = this.#grant.after({ deviceId, late, atUs: receivedAtUs, fill: writer.fill });
      // One that is lost costs a repetition: the batch comes again and is a duplicate.
      await link.publish(at, "history/ack", { ...ackOf(batch), backfillPerS }, { qos: 0 });
    } catch (error) {
      this.#batches.add({ outcome: "failed" });
      this.#complainNowAndThen(deviceIdOf(at), (error as Error).message);
    }
  }
}

function ackOf({ session, sequence }: Pick<HistoryBatch, "session" | "sequence">): HistoryAck {
  return { v: 1, session, sequence };
}

/** Why a well-formed batch is not stored all the same; undefined = it is. */
function refusalOf({ beats, ledger }: HistoryBatch, nowUs: number): string | undefined {
  const newestUs = beats.reduce((newest, { atUs }) => Math.max(newest, atUs), 0);
  const isAhead =
    newestUs > nowUs + MAX_AHEAD_US || (beats.length > 0 && (ledger?.day ?? 0) > nowUs / MAX_AHEAD_US + 1);
  return isAhead ? `Beats dated ${new Date(newestUs / 1000).toISOString()} have not fallen yet` : undefined;
}
