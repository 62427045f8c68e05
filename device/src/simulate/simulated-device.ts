/** One light device: a room that does not exist, a real connection, and everything a real box says and obeys on it. */
import {
  Backoff,
  type DeviceAddress,
  type Leaf,
  type ModelName,
  type StatusMessage,
  systemClock,
  topicOf,
} from "@tactus/shared";
import { ClockCheck } from "../agent/clock-check.js";
import type { ClockReading } from "../agent/outbox-draft.js";
import { DEVICE_VERSION } from "../version.js";
import type { FleetCounts } from "./fleet-counts.js";
import { LiveFeed } from "./live-feed.js";
import { MemoryOutbox, type OutboxAccount } from "./memory-outbox.js";
import type { QualityTable } from "./model-quality.js";
import { MqttWire, type WireMessage, type WireTarget } from "./mqtt-wire.js";
import type { Outage } from "./outage-plan.js";
import { Random } from "./random.js";
import { type Asked, readRequest } from "./read-request.js";
import { Room, type RoomOptions } from "./room.js";
import { gridOf, type RoomMoment, tempoOf } from "./room-messages.js";
import { SimulatedHand } from "./simulated-hand.js";
import { SimulatedHealth } from "./simulated-health.js";
import { SimulatedTwin } from "./simulated-twin.js";
import { nameOf, UpdateStory } from "./update-story.js";

export interface SimulatedDeviceOptions {
  address: DeviceAddress;
  username: string;
  password: string;
  seed: string;
  /** Rises with every start of the simulator, and with every restart of the box. */
  sessionNumber: number;
  target: WireTarget;
  room: Omit<RoomOptions, "seed">;
  model: ModelName;
  quality: QualityTable;
  /** This box's date minus the right one, microseconds. */
  clockErrorUs: number;
  /** Grid and tempo are repeated this often while nobody watches, seconds. */
  gridEveryS: number;
  counts: FleetCounts;
}

const SUBSCRIBED = ["override/set", "watch", "history/ack", "time/pong", "twin/desired", "command"] as const;
const LASTING = { qos: 1, retain: true } as const;
const RETAINED = { qos: 0, retain: true } as const;
const TELEMETRY_S = 10;
const STATUS_S = 30;
const PING_S = 30;

type Chore = "telemetry" | "status" | "ping" | "grid";

export class SimulatedDevice {
  readonly #options: SimulatedDeviceOptions;
  readonly #wire: MqttWire;
  readonly #room: Room;
  readonly #random: Random;
  readonly #outbox: MemoryOutbox;
  readonly #health: SimulatedHealth;
  readonly #story: UpdateStory;
  readonly #twin: SimulatedTwin;
  readonly #hand = new SimulatedHand();
  readonly #feed: LiveFeed;
  readonly #dueS: Record<Chore, number> = { telemetry: 0, status: 0, ping: 0, grid: 0 };
  #backoff: Backoff;
  #clockCheck = new ClockCheck();
  #session = "";
  #sessionNumber: number;
  #beatNumber = 0;
  #crashes = 0;
  /** Monotonic seconds, all of these. */
  #nowS = 0;
  #startedAtS = 0;
  #openAtS = 0;
  #openedAtS = 0;
  /** The right date, epoch microseconds. */
  #roomUs = 0;
  #outage: string | undefined;

  constructor(options: SimulatedDeviceOptions) {
    const { seed, address, model, quality, room } = options;
    this.#options = options;
    this.#random = new Random(`${seed} device`);
    this.#room = new Room({ ...room, seed });
    this.#sessionNumber = options.sessionNumber;
    this.#newSession();
    this.#outbox = new MemoryOutbox({ session: this.#session });
    this.#health = new SimulatedHealth(new Random(`${seed} health`));
    const qualityOf = (name: string) => quality.of(name);
    this.#story = new UpdateStory({ active: model, random: new Random(`${seed} update`), qualityOf });
    this.#twin = new SimulatedTwin({ name: address.device, story: this.#story });
    this.#backoff = this.#newBackoff();
    this.#feed = new LiveFeed({
      random: this.#random,
      moment: () => ({ ...this.#moment(), nowUs: this.#wallUs() }),
      nextBeatId: () => (this.#hand.isSilent ? undefined : `${this.#session}-${this.#beatNumber}`),
      say: (leaf, message) => this.#send(leaf, message),
    });
    this.#wire = new MqttWire({
      onUp: () => this.#up(),
      onDown: (wasUp, reason) => this.#down(wasUp, reason),
      onMessage: (topic, payload) => this.#hear(topic, payload),
    });
  }

  get account(): OutboxAccount {
    return this.#outbox.account;
  }

  get waitingBatches(): number {
    return this.#outbox.waitingBatches;
  }

  /** The first connection is tried at `openAtS`, monotonic seconds. */
  start(nowS: number, openAtS: number, roomUs: number): void {
    this.#nowS = this.#startedAtS = nowS;
    this.#roomUs = roomUs;
    this.#openAtS = openAtS;
    this.#dueS.telemetry = openAtS + this.#random.between(0, TELEMETRY_S);
    this.#dueS.ping = openAtS + this.#random.between(0, PING_S);
  }

  /** About once a second. `nowS`: monotonic seconds; `roomUs`: the right date. */
  tick(nowS: number, roomUs: number, outage: Outage | undefined): void {
    const elapsed = nowS - this.#nowS;
    this.#nowS = nowS;
    this.#play(roomUs, elapsed);
    this.#suffer(outage, nowS);
    if (!this.#wire.isOpen && !outage && nowS >= this.#openAtS) this.#open();
    this.#outbox.commit(this.#readClock(), nowS, this.#wire.isUp);
    if (this.#story.tick(roomUs, this.#room.isPlaying(roomUs))) this.#report();
    if (this.#wire.isUp) this.#wire.together(() => this.#speak(nowS));
    this.#wire.keepAlive(nowS);
  }

  /** The music is over: everything that has fallen becomes a batch. */
  endMusic(): void {
    this.#feed.stop();
    this.#outbox.commit(this.#readClock(), this.#nowS, false);
    this.#outbox.seal();
  }

  /** After the music: what waits is sent, and connections are made for it. */
  drain(nowS: number): void {
    this.#nowS = nowS;
    if (!this.#wire.isOpen && nowS >= this.#openAtS) this.#open();
    if (this.#wire.isUp) this.#wire.together(() => this.#sendHistory());
    this.#wire.keepAlive(nowS);
  }

  /** As when its cable is pulled. */
  cut(): void {
    this.#wire.cut();
  }

  async stop(): Promise<void> {
    this.#feed.stop();
    await this.#wire.close({ topic: this.#topic("status"), payload: this.#status("offline") });
  }

  #play(roomUs: number, elapsed: number): void {
    const { clockErrorUs, room, quality } = this.#options;
    this.#roomUs = roomUs;
    let beats = 0;
    while (this.#room.nextUs <= roomUs) {
      const beat = this.#room.take();
      const beatId = `${this.#session}-${this.#beatNumber++}`;
      if (this.#hand.isSilent) continue;
      beats++;
      this.#outbox.add({ ...beat, atUs: beat.atUs + clockErrorUs, beatId }, Math.max(0, beat.atUs - room.fromUs));
    }
    const musicS = this.#room.isPlaying(roomUs) ? elapsed : 0;
    this.#health.note({ beats, seconds: elapsed, musicS });
    const { crashesPerHour } = quality.of(nameOf(this.#story.active));
    if (!this.#random.chance((crashesPerHour * musicS) / 3600)) return;
    this.#crashes++;
    if (this.#story.crashed(roomUs)) this.#report();
  }

  #suffer(outage: Outage | undefined, nowS: number): void {
    if (outage?.name === this.#outage) return;
    this.#outage = outage?.name;
    if (!outage) {
      this.#wire.cut(); // one that hung is noticed at last
      this.#openAtS = nowS + this.#random.between(0, 1);
    } else if (outage.kind === "hang") {
      this.#wire.hang();
    } else {
      if (outage.kind === "restart") this.#restart(nowS);
      this.#wire.cut();
    }
  }

  #restart(nowS: number): void {
    this.#options.counts.restarts++;
    this.#crashes = 0;
    this.#sessionNumber++;
    this.#newSession();
    this.#outbox.restart(this.#session, nowS);
    this.#beatNumber = 0;
    this.#startedAtS = nowS;
    this.#clockCheck = new ClockCheck();
    this.#backoff = this.#newBackoff();
    this.#twin.restarted();
  }

  #open(): void {
    const { address, username, password, target } = this.#options;
    this.#openedAtS = performance.now() / 1000;
    this.#wire.open(target, {
      clientId: `${address.venue}/${address.device}/${this.#session}`,
      username,
      password,
      will: { topic: this.#topic("status"), payload: this.#status("offline") },
      subscriptions: SUBSCRIBED.map((leaf) => this.#topic(leaf)),
    });
  }

  #up(): void {
    const now = performance.now() / 1000;
    this.#options.counts.up((now - this.#openedAtS) * 1000);
    this.#backoff.opened(now);
    this.#outbox.linkUp(this.#nowS);
    this.#dueS.status = this.#dueS.grid = 0;
    this.#wire.together(() => {
      this.#send("override/state", this.#hand.state(), LASTING);
      this.#report();
      this.#ping();
    });
  }

  #down(wasUp: boolean, reason: string): void {
    const now = performance.now() / 1000;
    this.#options.counts.down(wasUp, reason);
    this.#openAtS = now + this.#backoff.closed(now);
    this.#feed.stop();
  }

  #speak(nowS: number): void {
    if (this.#isDue("status", STATUS_S, nowS)) this.#wire.send(this.#topic("status"), this.#status("online"), LASTING);
    if (this.#isDue("ping", PING_S, nowS)) this.#ping();
    if (this.#isDue("grid", this.#feed.isOn ? 1 : this.#options.gridEveryS, nowS)) this.#sayGrid();
    if (this.#isDue("telemetry", TELEMETRY_S, nowS)) this.#sayTelemetry(nowS);
    this.#sendHistory();
  }

  #sendHistory(): void {
    for (const packed of this.#outbox.takeDue(this.#nowS)) {
      if (this.#wire.send(this.#topic("history"), Buffer.from(packed), { qos: 1 })) this.#options.counts.batches++;
    }
  }

  #sayGrid(): void {
    const moment = this.#moment();
    this.#send("grid", gridOf(moment), RETAINED);
    this.#send("tempo", tempoOf(moment), RETAINED);
  }

  #sayTelemetry(nowS: number): void {
    const model = nameOf(this.#story.active);
    const telemetry = this.#health.take({
      session: this.#session,
      model,
      quality: this.#options.quality.of(model),
      sentAtUs: this.#moment().nowUs,
      uptimeS: Math.round(nowS - this.#startedAtS),
      crashes: this.#crashes,
    });
    this.#send("telemetry", telemetry, { qos: 1 });
  }

  #ping(): void {
    this.#send("time/ping", { v: 1, client: this.#session, sentAtUs: this.#wallUs() });
  }

  #report(): void {
    this.#send("twin/reported", this.#twin.report(this.#session), LASTING);
  }

  #hear(topic: string, payload: Buffer): void {
    const receivedAtUs = this.#wallUs();
    const leaf = topic.split("/").slice(4).join("/");
    const asked = readRequest(leaf, payload);
    if (asked) this.#obey(asked, receivedAtUs);
    else this.#options.counts.misunderstood++;
  }

  #obey(asked: Asked, receivedAtUs: number): void {
    const { counts } = this.#options;
    switch (asked.leaf) {
      case "history/ack": {
        const waited = this.#outbox.acknowledge(asked.message, performance.now() / 1000);
        if (waited !== undefined) counts.acknowledged(waited * 1000);
        if (this.#outbox.waitingBatches > 0) this.#wire.together(() => this.#sendHistory());
        break;
      }
      case "time/pong":
        if (asked.message.client === this.#session) this.#clockCheck.hear(asked.message, receivedAtUs);
        break;
      case "twin/desired":
        counts.desired++;
        if (this.#twin.want(asked.message, this.#roomUs)) this.#report();
        break;
      case "watch":
        this.#feed.watch(asked.message.forS);
        break;
      case "override/set":
        this.#send("override/state", this.#hand.obey(asked.message, receivedAtUs, this.#room.bpm), LASTING);
        break;
      case "command":
        this.#answer(asked.message);
        break;
    }
  }

  #answer({ requestId, expiresAtUs, command }: Extract<Asked, { leaf: "command" }>["message"]): void {
    const isLate = expiresAtUs < this.#moment().nowUs;
    const state = isLate ? "refused" : "done";
    const message = isLate ? "It came too late" : `A simulated device did "${command.action}"`;
    this.#send("command/result", { v: 1, requestId, state, message }, { qos: 1 });
    if (command.action !== "restart" || isLate) return;
    this.#restart(this.#nowS);
    setTimeout(() => this.#wire.cut(), 50);
  }

  #status(state: "online" | "offline"): string {
    const isOff = this.#clockCheck.isOff();
    const status: StatusMessage = {
      v: 1,
      session: this.#session,
      sessionNumber: this.#sessionNumber,
      state,
      sentAtUs: this.#moment().nowUs,
      name: this.#twin.name,
      version: DEVICE_VERSION,
      model: nameOf(this.#story.active),
      hearing: state === "online" ? "up" : "down",
      capture: "running",
      source: "simulated",
      conditions: isOff ? ["unsynchronised-clock"] : [],
    };
    return JSON.stringify(status);
  }

  #moment(): RoomMoment {
    const errorUs = this.#options.clockErrorUs;
    return { room: this.#room, session: this.#session, nowUs: this.#roomUs + errorUs, errorUs };
  }

  /** By the box's own date, also while its room's time runs faster. */
  #wallUs(): number {
    return systemClock.epochUs() + this.#options.clockErrorUs;
  }

  #readClock(): ClockReading {
    const offsetUs = this.#clockCheck.offsetUs();
    const synchronised = offsetUs !== undefined && !this.#clockCheck.isOff();
    return { offsetUs: Math.round(offsetUs ?? 0), uncertaintyUs: this.#clockCheck.uncertaintyUs() ?? 0, synchronised };
  }

  #send(leaf: Leaf, message: object, options?: WireMessage): void {
    this.#wire.send(this.#topic(leaf), JSON.stringify(message), options);
  }

  #isDue(chore: Chore, everyS: number, nowS: number): boolean {
    if (nowS < this.#dueS[chore]) return false;
    this.#dueS[chore] = nowS + everyS;
    return true;
  }

  #topic(leaf: Leaf): string {
    return topicOf(this.#options.address, leaf);
  }

  #newSession(): void {
    this.#session = `s${this.#sessionNumber.toString(36)}`;
  }

  #newBackoff(): Backoff {
    return new Backoff({ random: () => this.#random.next() });
  }
}
