/** Summaries out of boxes' outboxes into the store, acknowledged after its commit; each new one to who judges health. */
import type { TelemetryAck, TelemetryMessage } from "@tactus/shared";
import type { DeviceLink } from "../broker/device-link.js";
import { deviceIdOf, parseDeviceId } from "../device-id.js";
import type { LiveMessage, OnLive } from "../ingest/ingest.js";
import type { Log } from "../log.js";
import type { Counter, Metrics } from "../metrics.js";
import type { FleetStore } from "../store/fleet-store.js";
import type { NewSummary } from "./telemetry-tables.js";

/** Called once for each summary that was stored, however late it came. */
export type OnHealth = (device: string, message: TelemetryMessage, receivedAtUs: number) => void;

export interface TelemetryDeskOptions {
  fleet: FleetStore;
  link: DeviceLink;
  metrics: Metrics;
  log: Log;
  now(): number;
  /** How long summaries are kept. Default 30. */
  keepDays?: number;
}

type TelemetryLive = Extract<LiveMessage, { leaf: "telemetry" }>;
interface Waiting {
  live: TelemetryLive;
  summary: NewSummary;
}

/** Many boxes, few commits. */
const COLLECT_MS = 200;
/** What would not fit in memory while the store is slow comes again: summaries. */
const MAX_WAITING = 20_000;
/** An older one says nothing about now: microseconds. */
const FRESH_US = 90_000_000;
/** Summaries from further ahead than this are from a box that has no date yet: microseconds. */
const MAX_AHEAD_US = 86_400_000_000;
const FORGET_INTERVAL_MS = 600_000;

export class TelemetryDesk {
  readonly #options: TelemetryDeskOptions;
  readonly #listeners: OnHealth[] = [];
  readonly #count: Counter;
  #waiting: Waiting[] = [];
  #timers: NodeJS.Timeout[] = [];
  #writing: Promise<void> = Promise.resolve();
  #live: OnLive = () => {};

  constructor(options: TelemetryDeskOptions) {
    this.#options = options;
    this.#count = options.metrics.counter("tactus_telemetry_summaries_total", "Summaries of telemetry, by outcome");
  }

  start(): void {
    this.#timers = [
      setInterval(() => this.#flush(), COLLECT_MS),
      setInterval(() => void this.#forget(), FORGET_INTERVAL_MS),
    ];
  }

  async stop(): Promise<void> {
    for (const timer of this.#timers) clearInterval(timer);
    this.#flush();
    await this.#writing;
  }

  onHealth(listener: OnHealth): void {
    this.#listeners.push(listener);
  }

  /** Summaries are stored first; then the fresh ones go on as what the box says live, and everything else at once. */
  before(onLive: OnLive): OnLive {
    this.#live = onLive;
    return (message, receivedAtUs) => {
      if (message.leaf === "telemetry" && message.message.sequence !== undefined) this.#take(message, receivedAtUs);
      else onLive(message, receivedAtUs);
    };
  }

  #take(live: TelemetryLive, receivedAtUs: number): void {
    const device = deviceIdOf(live.at);
    const { session, sequence = 0, sentAtUs } = live.message;
    if (sentAtUs > receivedAtUs + MAX_AHEAD_US) {
      this.#count.add({ outcome: "refused" });
      const refused = `A summary dated ${new Date(Math.min(sentAtUs / 1000, 8.64e15)).toISOString()} is not of today`;
      this.#acknowledge(device, { v: 1, session, sequences: [sequence], refused });
    } else if (this.#waiting.length < MAX_WAITING) {
      this.#waiting.push({ live, summary: { device, receivedAtUs, message: { ...live.message, sequence } } });
    }
  }

  #flush(): void {
    const batch = this.#waiting;
    if (batch.length === 0) return;
    this.#waiting = [];
    this.#writing = this.#writing.then(() => this.#store(batch));
  }

  /** No acknowledgement before the commit: whatever goes wrong, the box still has it and sends it again. */
  async #store(batch: readonly Waiting[]): Promise<void> {
    try {
      const isNew = await this.#options.fleet.telemetry.add(batch.map(({ summary }) => summary));
      this.#acknowledgeAll(batch);
      batch.forEach((one, k) => {
        this.#count.add({ outcome: isNew[k] ? "stored" : "duplicate" });
        if (isNew[k]) this.#handOn(one);
      });
    } catch (error) {
      this.#count.add({ outcome: "failed" }, batch.length);
      this.#options.log.error({ reason: (error as Error).message }, "Telemetry not stored");
    }
  }

  #handOn({ live, summary: { device, receivedAtUs } }: Waiting): void {
    for (const listener of this.#listeners) listener(device, live.message, receivedAtUs);
    if (receivedAtUs - live.message.sentAtUs <= FRESH_US) this.#live(live, receivedAtUs);
  }

  #acknowledgeAll(batch: readonly Waiting[]): void {
    const bySession = new Map<string, { device: string; session: string; sequences: number[] }>();
    for (const { summary } of batch) {
      const { device, message } = summary;
      const key = `${device} ${message.session}`;
      const ack = bySession.get(key) ?? { device, session: message.session, sequences: [] };
      ack.sequences.push(message.sequence);
      bySession.set(key, ack);
    }
    for (const { device, session, sequences } of bySession.values()) {
      for (let k = 0; k < sequences.length; k += 256) {
        this.#acknowledge(device, { v: 1, session, sequences: sequences.slice(k, k + 256) });
      }
    }
  }

  #acknowledge(device: string, ack: TelemetryAck): void {
    this.#options.link.publish(parseDeviceId(device), "telemetry/ack", ack).catch(() => {}); // it comes again
  }

  async #forget(): Promise<void> {
    const { fleet, now, log, keepDays = 30 } = this.#options;
    const beforeUs = now() - keepDays * 86_400_000_000;
    try {
      while ((await fleet.telemetry.forget(beforeUs)) > 0);
    } catch (error) {
      log.error({ reason: (error as Error).message }, "Old telemetry not deleted");
    }
  }
}
