/** Beats into plain MQTT topics, one number each, for Home Assistant, Node-RED and whoever does not want JSON. */
import { type DeviceAddress, type OverrideAction, topicOf } from "@tactus/shared";
import { MqttConnection } from "../../mqtt-connection.js";
import type { BeatCue, BeatPose, Output, OutputContext, OutputHealth, OutputMode } from "../output.js";
import { discoveryMessages } from "./discovery-packet.js";
import type { MqttOutputConfig } from "./mqtt-config.js";

/** What this output needs of the process around it. */
export interface MqttHost {
  /** The broker the beats come from. */
  broker: { url: string; username?: string | undefined; password?: string | undefined };
  /** The device that is followed, once known. */
  address(): DeviceAddress | undefined;
  /** Passes on what a button asked for. */
  override(command: OverrideAction, by: string): void;
}

const OVERRIDES: Record<string, OverrideAction> = {
  tap: { action: "tap" },
  half: { action: "half" },
  double: { action: "double" },
  downbeat: { action: "downbeat" },
  lock: { action: "lock" },
  hold: { action: "hold" },
  release: { action: "release" },
  blackout: { action: "blackout", on: true },
  lights: { action: "blackout", on: false },
};
const OPEN_EVERY_MS = 500;

export class MqttOutput implements Output {
  readonly frameRateHz: number;
  readonly leadS = 0;
  readonly #config: MqttOutputConfig;
  readonly #context: OutputContext;
  readonly #host: MqttHost;
  #link: MqttConnection | undefined;
  #opening: NodeJS.Timeout | undefined;
  #prefix = "";
  #sent = 0;
  #errors = 0;
  #lastError = "";
  readonly #retained = new Map<string, string>();

  constructor(config: MqttOutputConfig, context: OutputContext, host: MqttHost) {
    this.#config = config;
    this.#context = context;
    this.#host = host;
    this.frameRateHz = config.rigRateHz;
    this.mode("idle");
  }

  async start(): Promise<void> {
    if (this.#opening) return;
    this.#opening = setInterval(() => this.#open(), OPEN_EVERY_MS);
    this.#open();
  }

  async stop(): Promise<void> {
    clearInterval(this.#opening);
    this.#opening = undefined;
    await this.#link?.stop({ topic: `${this.#prefix}/online`, payload: "false" });
    this.#link = undefined;
  }

  beat(cue: BeatCue): void {
    this.#context.dmx.beat(cue);
    this.#say("beat", String(cue.beatInBar));
    if (cue.beatInBar === 1) this.#say("bar", String(cue.bar));
    this.#keep("tempo", cue.bpm.toFixed(1));
    this.#keep("confidence", String(Math.round(cue.confidence * 100)));
  }

  frame(pose: BeatPose): void {
    this.#context.dmx.render(pose);
  }

  mode(mode: OutputMode): void {
    const music = mode === "following" || mode === "free-running" || mode === "holding";
    this.#keep("mode", mode);
    this.#keep("music", music ? "ON" : "OFF");
    if (!music) this.#keep("tempo", "0");
  }

  health(): OutputHealth {
    const isUp = this.#link?.isUp ?? false;
    const url = this.#config.url ?? this.#host.broker.url;
    return {
      receiving: isUp ? "receiving" : "not-receiving",
      peer: isUp ? `broker ${url}` : "",
      sent: this.#sent,
      errors: this.#errors,
      lastError: isUp ? "" : this.#lastError,
    };
  }

  /** The topic holds the device's name, which is known when the device was heard. */
  #open(): void {
    const at = this.#host.address();
    const prefix =
      this.#config.prefix ?? (at && topicOf(at, `output/${this.#context.name}/beat`).replace(/\/beat$/, ""));
    if (!prefix || this.#link) return;
    clearInterval(this.#opening);
    this.#prefix = prefix;
    const { url, username, password } = this.#config.url ? this.#config : this.#host.broker;
    this.#link = new MqttConnection({
      url: url ?? this.#host.broker.url,
      username,
      password,
      clientId: `bridge-${this.#context.name}-${Math.random().toString(36).slice(2, 8)}`,
      will: { topic: `${prefix}/online`, payload: "false" },
      onUp: (link) => this.#up(link),
      onMessage: (_topic, payload, retained) => this.#command(payload, retained),
      onTrouble: (reason) => {
        this.#lastError = `${reason}; check url, username and password`;
        this.#context.log.warn(`Broker of output ${this.#context.name}: ${this.#lastError}`);
      },
    });
    this.#link.start();
  }

  #up(link: MqttConnection): void {
    link.subscribe([`${this.#prefix}/override`]);
    link.send(`${this.#prefix}/online`, "true", { retain: true });
    for (const [topic, payload] of this.#retained) this.#say(topic, payload, true);
    if (this.#config.homeAssistant && this.#config.url) this.#discover(link, this.#config.homeAssistant);
  }

  #discover(link: MqttConnection, discoveryPrefix: string): void {
    const at = this.#host.address();
    const { name } = this.#context;
    const id = `tactus_${at?.venue ?? ""}_${at?.device ?? ""}_${name}`.replaceAll("-", "_");
    const messages = discoveryMessages({ discoveryPrefix, prefix: this.#prefix, id, name: `Tactus ${name}` });
    for (const { topic, payload } of messages) link.send(topic, payload, { retain: true });
  }

  #command(payload: Buffer, retained: boolean): void {
    const command = OVERRIDES[payload.toString("utf8", 0, 32)];
    if (command && !retained) this.#host.override(command, `output ${this.#context.name}`);
  }

  /** Kept by the broker, and said again when the link was away; only when it changed. */
  #keep(topic: string, payload: string): void {
    if (this.#retained.get(topic) === payload) return;
    this.#retained.set(topic, payload);
    if (this.#link?.isUp) this.#say(topic, payload, true);
  }

  #say(topic: string, payload: string, retain = false): void {
    if (this.#link?.send(`${this.#prefix}/${topic}`, payload, { retain })) this.#sent++;
    else this.#errors++;
  }
}
