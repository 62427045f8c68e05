/** One device's MQTT topics into feed events in the bridge's time; finds the device when none is named. */
import { randomBytes } from "node:crypto";
import {
  type BeatPrediction,
  type DeviceAddress,
  everyDevice,
  type GridMessage,
  type NamedLeaf,
  type OutputWatch,
  parseTopic,
  periodOf,
  topicOf,
} from "@tactus/shared";
import { MqttConnection } from "../mqtt-connection.js";
import { ClockOffset } from "./clock-offset.js";
import type { AnnouncedBeat, FeedEvents, GridReading } from "./feed-event.js";
import { type FeedMessage, readFeedMessage } from "./feed-messages.js";

const FIRST_PINGS_MS = 500;
const FIRST_PINGS = 8;
const PING_MS = 5000;
/** Sensible announcements are due this near, seconds; anything else is a broken clock. */
const NEAR_S = 30;
/** Of use only to who may write: answers to its pings, and who looks at its outputs. */
const ASKED_FOR = ["time/pong", "output/watch"] as const;
/** A box lets anyone read beats, and no more: its operator's blackout would go unseen. */
const NO_LOGIN =
  'without a login beats arrive, but not the operator\'s blackout: set mqtt.username and mqtt.password ("pairing" and the code that tactus device prints)';

export interface BeatFeedOptions {
  url: string;
  username?: string | undefined;
  password?: string | undefined;
  /** Absent = the first device whose grid is heard. */
  venue?: string | undefined;
  device?: string | undefined;
  /** Some output wants loudness and bands. */
  levels: boolean;
  /** May it publish? An anonymous client of a box is cut off when it tries. */
  mayWrite: boolean;
  /** Monotonic seconds. */
  now: () => number;
  log: { info(text: string): void; warn(text: string): void };
  events: FeedEvents & { onWatch(watch: OutputWatch): void; onDevice(at: DeviceAddress): void };
}

export class BeatFeed {
  readonly #options: BeatFeedOptions;
  readonly #client = `bridge-${randomBytes(4).toString("hex")}`;
  readonly #link: MqttConnection;
  readonly #events: BeatFeedOptions["events"];
  readonly #offset = new ClockOffset();
  #at: DeviceAddress | undefined;
  #ping: NodeJS.Timeout | undefined;
  #pinged = 0;
  readonly #warned = new Set<string>();

  constructor(options: BeatFeedOptions) {
    this.#options = options;
    const { url, username, password, log, events, venue, device } = options;
    if (venue !== undefined && device !== undefined) this.#at = { venue, device };
    this.#link = new MqttConnection({
      url,
      username,
      password,
      clientId: this.#client,
      onUp: () => this.#up(),
      onDown: () => this.#down(),
      onMessage: (topic, payload, retained) => this.#hear(topic, payload, retained),
      onTrouble: (reason) => log.warn(`Broker ${url}: ${reason}`),
    });
    this.#events = events;
  }

  start(): void {
    this.#link.start();
  }

  async stop(): Promise<void> {
    clearTimeout(this.#ping);
    await this.#link.stop();
  }

  /** The device that is followed, once known. */
  get address(): DeviceAddress | undefined {
    return this.#at;
  }

  /** Below the followed device's topic; false when it cannot be sent. */
  publish(leaf: NamedLeaf | "override/set", message: object, retain = false): boolean {
    if (!this.#at || !this.#options.mayWrite) return false;
    return this.#link.send(topicOf(this.#at, leaf), JSON.stringify(message), { retain });
  }

  #up(): void {
    this.#options.log.info(`Connected to ${this.#options.url}`);
    if (this.#at) this.#follow(this.#at);
    else this.#link.subscribe([this.#discovery()]);
    this.#events.onLink(true);
  }

  /** Grids are retained: whoever is there is heard at once. */
  #discovery(): string {
    const [root, version] = everyDevice("grid").split("/");
    const { venue = "+", device = "+" } = this.#options;
    return [root, version, venue, device, "grid"].join("/");
  }

  #follow(at: DeviceAddress): void {
    const open = ["beat", "grid", ...(this.#options.levels ? ["levels" as const] : [])] as const;
    this.#link.subscribe(open.map((leaf) => topicOf(at, leaf)));
    const guarded = ["override/state", "status", ...(this.#options.mayWrite ? ASKED_FOR : [])] as const;
    const topics = guarded.map((leaf) => topicOf(at, leaf));
    this.#link.subscribe(topics, this.#options.username === undefined ? NO_LOGIN : undefined);
    this.#events.onDevice(at);
    this.#pinged = 0;
    clearTimeout(this.#ping);
    if (this.#options.mayWrite) this.#sendPing();
  }

  #down(): void {
    clearTimeout(this.#ping);
    this.#events.onLink(false);
  }

  #sendPing(): void {
    if (!this.#at) return;
    const sentAtUs = Math.round(this.#options.now() * 1e6);
    this.#link.send(topicOf(this.#at, "time/ping"), JSON.stringify({ v: 1, client: this.#client, sentAtUs }));
    this.#ping = setTimeout(() => this.#sendPing(), this.#pinged++ < FIRST_PINGS ? FIRST_PINGS_MS : PING_MS);
  }

  #hear(topic: string, payload: Buffer, retained: boolean): void {
    const now = this.#options.now();
    const heard = readFeedMessage(topic, payload);
    if (!heard) return;
    if ("refused" in heard) {
      this.#warnOnce(heard.refused);
      return;
    }
    if (!this.#at) this.#discover(topic, heard);
    const from = parseTopic(topic)?.at;
    if (from?.venue === this.#at?.venue && from?.device === this.#at?.device) this.#take(heard, now, retained);
  }

  #discover(topic: string, heard: FeedMessage): void {
    const at = parseTopic(topic)?.at;
    if (heard.leaf !== "grid" || !at) return;
    this.#at = at;
    this.#options.log.info(`Following ${at.venue}/${at.device}`);
    this.#follow(at);
  }

  #take(heard: FeedMessage, now: number, retained: boolean): void {
    if (heard.leaf === "beat") this.#beat(heard.message, now);
    else if (heard.leaf === "grid") this.#grid(heard.message, now, retained);
    else if (heard.leaf === "levels") this.#events.onLevels(heard.message);
    else if (heard.leaf === "status") this.#events.onPresence(heard.message.state === "online");
    else if (heard.leaf === "override/state") this.#events.onBlackout(heard.message.mode === "blackout");
    else if (heard.leaf === "output/watch") this.#events.onWatch(heard.message);
    else if (heard.message.client === this.#client) this.#offset.hearPong(heard.message, now);
  }

  #beat(message: BeatPrediction, now: number): void {
    this.#offset.hearArrival(message.dueAtUs - message.dueInMs * 1000, now);
    const dueAt = this.#offset.monotonicAt(message.dueAtUs, now) ?? now + message.dueInMs / 1000;
    if (Math.abs(dueAt - now) > NEAR_S) return;
    const { beatId, rev, state, beatInBar, beatsPerBar, bar, bpm, confidence, energy } = message;
    const beat: AnnouncedBeat = {
      beatId,
      rev,
      withdrawn: state === "withdrawn",
      dueAt,
      beatInBar,
      beatsPerBar,
      bar,
      period: periodOf(bpm),
      confidence,
      energy,
    };
    this.#events.onBeat(beat);
  }

  #grid(message: GridMessage, now: number, retained: boolean): void {
    if (!retained) this.#offset.hearArrival(message.sentAtUs, now);
    const at = (epochUs: number) => this.#offset.monotonicAt(epochUs, now);
    const sentAt = at(message.sentAtUs) ?? now;
    const { music, running, period, beatInBar, beatsPerBar, bar, confidence, source } = message;
    const reading: GridReading = {
      music,
      // Without an offset a retained grid of unknown age says nothing about where the beats are.
      running: running && at(message.anchorUs) !== undefined,
      period,
      anchorAt: at(message.anchorUs) ?? now,
      beatInBar,
      beatsPerBar,
      bar,
      confidence,
      sure: source !== "tracker",
      validUntil: sentAt + (message.validUntilUs - message.sentAtUs) / 1e6,
    };
    this.#events.onGrid(reading);
  }

  #warnOnce(reason: string): void {
    if (this.#warned.has(reason) || this.#warned.size > 20) return;
    this.#warned.add(reason);
    this.#options.log.warn(`Message ignored: ${reason}`);
  }
}
