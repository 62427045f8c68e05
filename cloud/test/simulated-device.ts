/** A device as the cloud sees it: a real MQTT client that says what a box in a venue says. */
import {
  type ActivationMessage,
  type Beat,
  type BeatPrediction,
  type GridMessage,
  HistoryAck,
  type LevelsMessage,
  type OverrideAction,
  OverrideSet,
  type OverrideState,
  parseJsonAs,
  type StatusMessage,
  type TelemetryMessage,
  topicOf,
} from "@tactus/shared";
import { connectAsync, type MqttClient } from "mqtt";

export interface SimulatedDeviceOptions {
  /** Where it logs in; its password comes from there, too. */
  cloud: { mqttUrl: string; passwordOf(id: string): Promise<string> };
  /** Another address of the same cloud. */
  mqttUrl?: string;
  /** Another password than the right one. */
  password?: string;
  venue?: string;
  device?: string;
  name?: string;
  bpm?: number;
  sessionNumber?: number;
  beatsPerBar?: number;
}

const nowUs = () => Date.now() * 1000;

export class SimulatedDevice {
  readonly at: { venue: string; device: string };
  readonly id: string;
  readonly session: string;
  readonly acks: HistoryAck[] = [];
  readonly commands: OverrideSet[] = [];
  bpm: number;
  beatsPerBar: number;
  readonly #options: SimulatedDeviceOptions;
  #client: MqttClient | undefined;
  #timers: NodeJS.Timeout[] = [];
  #override: OverrideState;

  constructor(options: SimulatedDeviceOptions) {
    this.#options = options;
    this.at = { venue: options.venue ?? "testhall", device: options.device ?? "box" };
    this.id = `${this.at.venue}.${this.at.device}`;
    this.bpm = options.bpm ?? 120;
    this.beatsPerBar = options.beatsPerBar ?? 4;
    this.session = `s${options.sessionNumber ?? 1}-${Math.random().toString(16).slice(2, 6)}`;
    this.#override = automatic("");
  }

  /** Rejects when the broker refuses. */
  async connect(): Promise<void> {
    const { cloud, mqttUrl = cloud.mqttUrl, password = await cloud.passwordOf(this.id) } = this.#options;
    this.#client = await connectAsync(mqttUrl, {
      username: this.id,
      password,
      clientId: "agent",
      reconnectPeriod: 0,
      will: {
        topic: topicOf(this.at, "status"),
        payload: JSON.stringify(this.status("offline")),
        qos: 1,
        retain: true,
      },
    });
    this.#client.on("message", (topic, payload) => this.#take(topic, payload));
    this.#client.on("error", () => {});
    await this.#client.subscribeAsync([topicOf(this.at, "override/set"), topicOf(this.at, "history/ack")], { qos: 1 });
    await this.say("status", this.status("online"), { qos: 1, retain: true });
    await this.say("override/state", this.#override, { qos: 1, retain: true });
  }

  get client(): MqttClient {
    if (!this.#client) throw new Error("not connected");
    return this.#client;
  }

  async disconnect(): Promise<void> {
    for (const timer of this.#timers) clearInterval(timer);
    this.#timers = [];
    await this.#client?.endAsync(true);
  }

  /** The connection breaks without a word: the broker publishes the will. */
  vanish(): void {
    this.#client?.stream.destroy();
  }

  async say(leaf: Parameters<typeof topicOf>[1], message: object | string, options = {}): Promise<void> {
    const text = typeof message === "string" ? message : JSON.stringify(message);
    await this.client.publishAsync(topicOf(this.at, leaf), text, { qos: 0, ...options });
  }

  async sendHistory(sequence: number, beats: Beat[]): Promise<void> {
    await this.say("history", { v: 1, session: this.session, sequence, beats }, { qos: 1 });
  }

  /** Announces beats, levels and everything else a playing room has, until it is disconnected. */
  play({ leadMs = 200 } = {}): void {
    const startUs = nowUs() + 400_000;
    let index = 0;
    let dueAtUs = startUs;
    const announce = () => {
      while (dueAtUs - leadMs * 1000 <= nowUs()) {
        if (this.#override.mode !== "blackout") void this.say("beat", this.prediction(index, dueAtUs));
        if (index % 2 === 0) void this.say("grid", this.grid(index, dueAtUs), { retain: true });
        if (index % 2 === 0) void this.say("tempo", { v: 1, bpm: this.bpm, state: "tracking" }, { retain: true });
        index++;
        dueAtUs += Math.round(60_000_000 / this.bpm);
      }
    };
    this.#timers.push(setInterval(announce, 10));
    this.#timers.push(setInterval(() => void this.say("levels", levelsAt(nowUs(), startUs, this.bpm)), 100));
    this.#timers.push(setInterval(() => void this.say("activation", activationAt(nowUs(), startUs, this)), 100));
    this.#timers.push(setInterval(() => void this.say("telemetry", this.telemetry(), { qos: 1 }), 1000));
  }

  status(state: StatusMessage["state"]): StatusMessage {
    return {
      v: 1,
      session: this.session,
      sessionNumber: this.#options.sessionNumber ?? 1,
      state,
      sentAtUs: nowUs(),
      name: this.#options.name ?? "Test room",
      version: "0.1.0",
      model: "tactus-small 0.1.0",
      hearing: "up",
      capture: state === "online" ? "running" : "lost",
      source: "file: escape-from-chaosland.ogg",
      conditions: [],
    };
  }

  prediction(index: number, dueAtUs: number, change: Partial<BeatPrediction> = {}): BeatPrediction {
    return {
      v: 1,
      beatId: `${this.session}-${index}`,
      rev: 0,
      state: "announced",
      dueAtUs,
      dueInMs: (dueAtUs - nowUs()) / 1000,
      beatInBar: (index % this.beatsPerBar) + 1,
      beatsPerBar: this.beatsPerBar,
      bar: Math.floor(index / this.beatsPerBar) + 1,
      bpm: this.bpm,
      confidence: 0.93,
      uncertaintyMs: 6,
      source: "tracker",
      energy: { low: 0.8, mid: 0.5, high: 0.3 },
      ...change,
    };
  }

  grid(index: number, anchorUs: number): GridMessage {
    return {
      v: 1,
      session: this.session,
      sentAtUs: nowUs(),
      music: true,
      running: true,
      period: 60 / this.bpm,
      bpm: this.bpm,
      anchorUs,
      beatInBar: (index % this.beatsPerBar) + 1,
      beatsPerBar: this.beatsPerBar,
      bar: Math.floor(index / this.beatsPerBar) + 1,
      confidence: 0.93,
      alternatives: [
        { bpm: this.bpm / 2, share: 0.14 },
        { bpm: this.bpm * 2, share: 0.05 },
      ],
      source: "tracker",
      validUntilUs: nowUs() + 5_000_000,
    };
  }

  telemetry(): TelemetryMessage {
    const stage = (p50: number) => ({ p50, p99: p50 * 2.4, max: p50 * 5 });
    return {
      v: 1,
      session: this.session,
      sentAtUs: nowUs(),
      uptimeS: 4210,
      cpu: 0.037,
      residentMb: 142,
      hops: 210_500,
      lateHops: 3,
      xruns: 0,
      latency: {
        capture: stage(11.6),
        frontend: stage(0.21),
        model: stage(0.62),
        decoder: stage(0.28),
        hop: stage(1.2),
      },
    };
  }

  #take(topic: string, payload: Buffer): void {
    if (topic.endsWith("history/ack")) this.acks.push(parseJsonAs(HistoryAck, payload, "ack"));
    if (!topic.endsWith("override/set")) return;
    const { requestId, by, command } = parseJsonAs(OverrideSet, payload, "override");
    this.commands.push({ v: 1, requestId, by, command });
    this.#override = { ...this.#obey(command), by, lastRequestId: requestId, sinceUs: nowUs() };
    // A test may be over by now.
    this.say("override/state", this.#override, { qos: 1, retain: true }).catch(() => {});
  }

  #obey(command: OverrideAction): OverrideState {
    const present = { ...this.#override, refused: "" };
    const inAnHour = nowUs() + 3_600_000_000;
    switch (command.action) {
      case "half":
      case "double":
        this.bpm *= command.action === "half" ? 0.5 : 2;
        return { ...present, mode: "octave", octave: command.action, bpm: this.bpm, expiresAtUs: inAnHour };
      case "nudge":
        return { ...present, nudgeMs: present.nudgeMs + command.ms };
      case "hold":
        return { ...present, mode: "held", bpm: command.bpm ?? this.bpm, expiresAtUs: inAnHour };
      case "lock":
        return { ...present, mode: "locked", bpm: this.bpm };
      case "blackout":
        return { ...present, mode: command.on ? "blackout" : "automatic" };
      case "release":
        return automatic("");
      case "shift":
        return { ...present, refused: "The bar is locked" };
      default:
        return present;
    }
  }
}

export function beatAt(atUs: number, change: Partial<Beat> = {}): Beat {
  return {
    beatId: `b-${atUs}`,
    atUs,
    beatInBar: 1,
    beatsPerBar: 4,
    bar: 1,
    bpm: 120,
    confidence: 0.9,
    source: "tracker",
    ...change,
  };
}

function automatic(by: string): OverrideState {
  return {
    v: 1,
    mode: "automatic",
    octave: "as-heard",
    nudgeMs: 0,
    bpm: 0,
    by,
    sinceUs: nowUs(),
    expiresAtUs: 0,
    lastRequestId: "",
    refused: "",
  };
}

function levelsAt(atUs: number, startUs: number, bpm: number): LevelsMessage {
  const phase = (((((atUs - startUs) / 60_000_000) * bpm) % 1) + 1) % 1;
  const punch = Math.exp(-phase * 4);
  const bands = Array.from({ length: 16 }, (_, band) => {
    const shape = 0.25 + 0.5 * Math.exp(-(((band - 2) / 4) ** 2)) + 0.12 * Math.sin(atUs / 400_000 + band);
    return Math.min(1, Math.max(0.02, shape * (0.55 + 0.6 * punch * Math.exp(-band / 9))));
  });
  return { v: 1, sentAtUs: atUs, rmsDb: -19 + 6 * punch, peakDb: -6 + 3 * punch, bands };
}

function activationAt(
  atUs: number,
  startUs: number,
  { bpm, beatsPerBar }: { bpm: number; beatsPerBar: number },
): ActivationMessage {
  const fps = 50;
  const period = 60_000_000 / bpm;
  const beat: number[] = [];
  const downbeat: number[] = [];
  for (let frame = 0; frame < 5; frame++) {
    const at = (atUs - 100_000 + (frame * 1_000_000) / fps - startUs) / period;
    const distance = Math.abs(at - Math.round(at)) * (period / 1000);
    const peak = Math.exp(-((distance / 22) ** 2)) * (0.82 + 0.12 * Math.sin(Math.round(at) * 1.7));
    const isDown = ((Math.round(at) % beatsPerBar) + beatsPerBar) % beatsPerBar === 0;
    beat.push(Math.max(0, Math.min(1, peak + 0.03)));
    downbeat.push(Math.max(0, Math.min(1, (isDown ? 0.95 : 0.12) * peak + 0.02)));
  }
  return { v: 1, fromUs: atUs - 100_000, fps, beat, downbeat };
}
