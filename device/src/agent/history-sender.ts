/** `beat` messages of the local broker into the outbox, from there as `history` to the cloud, and its `history/ack` back. */
import { join } from "node:path";
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
import type { MissedBeats } from "./beat-numbers.js";
import { HistoryCollector } from "./history-collector.js";
import { HistoryLanes } from "./history-lanes.js";
import { type LeftMark, LeftMarks } from "./left-marks.js";
import type { Sender } from "./mqtt-link.js";
import { Outbox } from "./outbox.js";
import type { ClockReading } from "./outbox-draft.js";
import { beginAnewSync, openOutboxFileSync } from "./outbox-file.js";

/** With the 100 ms after which a beat is settled, a kill takes less than a second. */
const COMMIT_INTERVAL_MS = 800;
/** With a link a batch grows this long before it is sent: seconds. */
const LIVE_BATCH_S = 4;
/** So long after a session of hearing is first heard the marks of those before it are looked for: seconds. */
const LOOK_BACK_S = 10;

export interface HistorySenderParts {
  address: DeviceAddress;
  session: string;
  /** Where the outbox is kept. */
  folder: string;
  /** Of the outbox on disk. */
  maxBytes: number;
  cloud: Sender;
  clock: Clock;
  /** How this box's date compares with the cloud's. */
  readClock(): ClockReading;
  log: Logger;
}

export class HistorySender {
  readonly #parts: HistorySenderParts;
  readonly #outbox: Outbox;
  readonly #marks: LeftMarks;
  readonly #lanes: HistoryLanes;
  #collector = new HistoryCollector();
  #lookBackUntil = Number.NEGATIVE_INFINITY;
  #timer: NodeJS.Timeout | undefined;

  constructor(parts: HistorySenderParts) {
    const { folder, session, maxBytes, log } = parts;
    const file = join(folder, "outbox.db");
    this.#parts = parts;
    const open = (damage?: Error) => (damage ? beginAnewSync(file, log, damage) : openOutboxFileSync(file, log));
    this.#outbox = new Outbox({ session, maxBytes, open, log });
    this.#marks = new LeftMarks({ stateDir: folder, log });
    this.#lanes = new HistoryLanes({ read: (range) => this.#outbox.readSync(range) });
  }

  /** Opens the outbox; never throws for what is on the disk. */
  start(): void {
    const settled = this.#outbox.startSync();
    this.#collector = new HistoryCollector({ settled, isForgetful: this.#outbox.isInMemory });
    for (const { mark } of this.#marks.readSync()) if (mark) this.#collector.learn(mark);
    this.#lookBack();
    this.#timer = setInterval(() => this.#tick(), COMMIT_INTERVAL_MS);
  }

  stop(): void {
    if (!this.#timer) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#outbox.drafts.seal();
    this.#commit();
    this.#send();
    this.#outbox.stop();
  }

  /** Room on disk from now on: bytes. */
  limit(maxBytes: number): void {
    this.#outbox.limit(maxBytes);
  }

  /** For a support bundle. */
  figures(): object {
    return { waitingBatches: this.#timer ? this.#outbox.count : 0, newest: this.#collector.newest ?? null };
  }

  /** A `beat` message of the local broker. */
  hear(payload: Buffer): void {
    const prediction = this.#read(BeatPrediction, payload, "beat");
    if (!prediction || !this.#timer) return;
    const before = this.#collector.newest?.name;
    this.#collector.hear(prediction, this.#parts.clock.monotonic());
    if (this.#collector.newest?.name !== before) this.#lookBack();
  }

  /** A `history/ack` message of the cloud. */
  acknowledge(payload: Buffer): void {
    const ack = this.#read(HistoryAck, payload, "history/ack");
    if (!ack || !this.#timer) return;
    if (ack.backfillPerS !== undefined) this.#lanes.grant(ack.backfillPerS);
    if (ack.refused === undefined) {
      this.#outbox.acknowledge(ack.session, ack.sequence);
      this.#lanes.acknowledged(ack);
    } else {
      const { session, sequence, refused: reason } = ack;
      this.#parts.log.warn({ session, sequence, reason }, "The cloud will not store a batch: its beats are lost");
      this.#outbox.refuse(session, sequence);
      this.#commit();
      this.#lanes.changed(ack);
    }
    this.#send();
  }

  /** What was on its way may not have come, and what is there by now is late. */
  linkUp(): void {
    if (!this.#timer) return;
    this.#outbox.drafts.seal();
    this.#lanes.linkUp(this.#outbox.drafts.nextId, this.#parts.clock.monotonic());
    this.#tick();
  }

  #miss(missed: readonly MissedBeats[], now: number): void {
    const beats = missed.reduce((sum, { count }) => sum + count, 0);
    this.#parts.log.warn({ beats }, "Beats fell while the agent was not there to note them");
    this.#outbox.miss(missed, now);
  }

  #tick(): void {
    const { cloud, clock } = this.#parts;
    const begunAt = this.#outbox.drafts.growing?.begunAt ?? Number.POSITIVE_INFINITY;
    if (cloud.isUp && clock.monotonic() - begunAt >= LIVE_BATCH_S) this.#outbox.drafts.seal();
    this.#commit();
    this.#send();
  }

  #commit(): void {
    const { clock, readClock } = this.#parts;
    const now = clock.monotonic();
    const over = now < this.#lookBackUntil ? this.#marks.overSync(this.#collector.newest) : [];
    for (const { mark } of over) if (mark) this.#collector.learn(mark);
    const { fallen, missed } = this.#collector.take(now);
    if (missed.length > 0) this.#miss(missed, now);
    this.#outbox.add(fallen, readClock(), now);
    if (this.#outbox.commitSync(this.#collector.settled())) this.#forget(over);
  }

  /** Sessions of hearing may have ended, and what they announced is counted by their marks. */
  #lookBack(): void {
    this.#lookBackUntil = this.#parts.clock.monotonic() + LOOK_BACK_S;
  }

  /** Only what is counted in the outbox on disk; a kill before this counts nothing twice. */
  #forget(over: readonly LeftMark[]): void {
    if (this.#outbox.isInMemory) return;
    for (const one of over) if (!one.mark || this.#collector.isSettled(one.mark)) this.#marks.removeSync(one);
  }

  #send(): void {
    const { cloud, address, clock } = this.#parts;
    if (!cloud.isUp) return;
    const topic = topicOf(address, "history");
    for (const packed of this.#lanes.takeDue(clock.monotonic())) cloud.send(topic, Buffer.from(packed), { qos: 1 });
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
