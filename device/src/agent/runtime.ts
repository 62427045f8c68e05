/** Composition root of the agent: the local broker on one side, the cloud on the other. */
import { Backoff, type Clock, MAX_MESSAGE_BYTES, type TelemetryMessage, topicOf } from "@tactus/shared";
import type { Logger } from "pino";
import type { CloudConnection } from "../identity/cloud-connection.js";
import type { CloudFetch } from "../identity/cloud-fetch.js";
import type { DeviceFacts, FromProcess, ProcessStart, ToProcess } from "../process-channel.js";
import type { Settings } from "../remote-settings.js";
import type { ModelUpdater } from "../update/model-updater.js";
import { CloudLink } from "./cloud-link.js";
import { FORWARDED, FORWARDED_LIVE, Forwarder } from "./forwarder.js";
import { HistorySender } from "./history-sender.js";
import { LiveWatch } from "./live-watch.js";
import { MqttLink } from "./mqtt-link.js";
import { RemoteDesk } from "./remote-desk.js";
import { Status } from "./status.js";

const STATUS_INTERVAL_MS = 30_000;

export interface AgentOptions {
  order: ProcessStart;
  version: string;
  clock: Clock;
  /** Epoch microseconds by the wall clock. */
  nowUs: () => number;
  tellSupervisor: (message: FromProcess) => void;
  /** Undefined: this box takes no models from the cloud. */
  updater?: ModelUpdater | undefined;
  /** Undefined: this box has no cloud, or waits to be claimed. */
  cloud?: CloudConnection | undefined;
  /** Undefined: the cloud has no HTTP address that this box knows. */
  cloudFetch?: CloudFetch | undefined;
  /** Undefined: the login of this box is in its own file. */
  rotateCredentials?: (() => Promise<void>) | undefined;
  /** What the box finds wrong with itself, for a support bundle. */
  findings: () => Promise<unknown>;
  log: Logger;
}

export class Agent {
  readonly #options: AgentOptions;
  readonly #status: Status;
  readonly #local: MqttLink;
  readonly #cloud: CloudLink | undefined;
  readonly #forwarder: Forwarder | undefined;
  readonly #history: HistorySender | undefined;
  readonly #watch: LiveWatch;
  readonly #remote: RemoteDesk | undefined;
  #facts: DeviceFacts | undefined;
  #brokerPort = 0;
  #refresh: NodeJS.Timeout | undefined;

  constructor(options: AgentOptions) {
    this.#options = options;
    const { order, version, clock, nowUs, log } = options;
    const { config: address, session, sessionNumber } = order;
    const name = order.config.name ?? order.config.device;
    this.#status = new Status({ address, name, version, session, sessionNumber, nowUs });
    const will = this.#status.offline;
    this.#watch = new LiveWatch({ clock, log, onChange: (isWatched) => this.#watched(isWatched) });
    const { cloud } = options;
    if (cloud) {
      const link = new CloudLink({ address, cloud, session, will, clock, nowUs, floorMs: order.timeFloorMs, log });
      this.#cloud = link;
      this.#forwarder = new Forwarder({ cloud: link, clock, isWatched: () => this.#watch.isWatched });
      this.#history = new HistorySender({
        address,
        session,
        folder: order.config.stateDir,
        maxBytes: order.config.outboxMb * 2 ** 20,
        cloud: link,
        clock,
        readClock: () => link.readClock(),
        log,
      });
      this.#remote = this.#remoteDesk(link);
    }
    this.#local = new MqttLink({
      name: "local",
      clientId: `agent-${session}`,
      login: () => ({ username: "internal", password: order.internalPassword }),
      will,
      subscriptions: cloud ? FORWARDED.map((leaf) => topicOf(address, leaf)) : [],
      backoff: new Backoff({ base: 0.2, cap: 2, stable: 5 }),
      clock,
      log,
      onUp: () => this.#localUp(),
      onDown: () => {},
      onMessage: (topic, payload) => this.#fromLocal(topic, payload),
    });
  }

  start(): void {
    this.#status.addLink(this.#local);
    this.#refresh = setInterval(() => this.#status.refresh(), STATUS_INTERVAL_MS);
    if (!this.#cloud) return;
    this.#status.addLink(this.#cloud);
    this.#history?.start();
    this.#remote?.start();
    this.#cloud.start({
      onUp: () => this.#cloudUp(),
      onDown: () => {
        this.#watch.stop();
        this.#remote?.linkDown();
      },
      onOverride: (payload) => this.#toLocal("override/set", payload),
      onOutputWatch: (payload) => this.#toLocal("output/watch", payload),
      onWatch: (payload) => this.#watch.hear(payload),
      onHistoryAck: (payload) => this.#history?.acknowledge(payload),
      onTelemetryAck: (payload) => this.#remote?.onTelemetryAck(payload),
      onTwinDesired: (payload) => this.#remote?.onTwinDesired(payload),
      onCommand: (payload) => this.#remote?.onCommand(payload),
      onClock: (isOff) => this.#status.learnClock(isOff),
    });
  }

  async stop(): Promise<void> {
    clearInterval(this.#refresh);
    this.#history?.stop();
    this.#remote?.stop();
    const farewell = this.#status.offline;
    this.#watch.stop();
    await Promise.all([this.#cloud?.stop(farewell), this.#local.stop(farewell)]);
  }

  /** The supervisor knows something new. */
  learn(facts: DeviceFacts): void {
    this.#facts = facts;
    this.#status.learn(facts);
    if (facts.brokerPort === 0 || facts.brokerPort === this.#brokerPort) return;
    this.#brokerPort = facts.brokerPort;
    this.#local.start(`mqtt://${reachable(this.#options.order.config.mqtt.host)}:${facts.brokerPort}`);
  }

  /** Meters of the hearing process. */
  report(telemetry: TelemetryMessage): void {
    const topic = topicOf(this.#options.order.config, "telemetry");
    const live = (message: TelemetryMessage) => this.#cloud?.send(topic, JSON.stringify(message), { qos: 1 });
    void this.#remote?.report(telemetry, live);
  }

  /** What the supervisor says beside facts and meters. */
  hear(message: ToProcess): void {
    this.#remote?.hear(message);
  }

  #remoteDesk(cloud: CloudLink): RemoteDesk {
    const { order, version, clock, nowUs, tellSupervisor, updater, cloudFetch, rotateCredentials, findings, log } =
      this.#options;
    return new RemoteDesk({
      order,
      cloud,
      clock,
      nowUs,
      tellSupervisor,
      updater,
      cloudFetch,
      loginSecrets: () => [this.#options.cloud?.login().password ?? ""],
      rotateCredentials,
      facts: {
        versions: () => ({ version, node: process.versions, platform: process.platform, arch: process.arch }),
        doctor: findings,
        status: () => this.#facts ?? null,
        outbox: () => this.#history?.figures() ?? null,
      },
      onSettings: (settings) => this.#apply(settings),
      log,
    });
  }

  #apply(settings: Settings): void {
    this.#options.log.level = settings.logLevel;
    this.#status.rename(settings.name);
    this.#history?.limit(settings.outboxMb * 2 ** 20);
  }

  #localUp(): void {
    this.#status.linkUp(this.#local);
    if (this.#watch.isWatched) this.#local.subscribe(this.#liveTopics());
  }

  #fromLocal(topic: string, payload: Buffer): void {
    if (topic === topicOf(this.#options.order.config, "beat")) {
      this.#history?.hear(payload);
      if (!this.#watch.isWatched) return;
    }
    this.#forwarder?.forward(topic, payload);
  }

  #cloudUp(): void {
    if (!this.#cloud) return;
    this.#status.linkUp(this.#cloud);
    this.#forwarder?.cloudUp();
    this.#history?.linkUp();
    this.#remote?.linkUp();
  }

  #watched(isWatched: boolean): void {
    if (isWatched) this.#local.subscribe(this.#liveTopics());
    else this.#local.unsubscribe(this.#liveTopics());
  }

  #toLocal(leaf: "override/set" | "output/watch", payload: Buffer): void {
    if (payload.length > MAX_MESSAGE_BYTES / 2) return; // no request is that long; the local broker would hang up
    const sent = this.#local.send(topicOf(this.#options.order.config, leaf), payload, { qos: 1 });
    if (!sent) this.#options.log.warn({ leaf }, "A request came from the cloud while hearing is down");
  }

  #liveTopics(): string[] {
    return FORWARDED_LIVE.map((leaf) => topicOf(this.#options.order.config, leaf));
  }
}

/** The local address under which a broker that listens on `host` is reached. */
const reachable = (host: string): string => (host === "0.0.0.0" ? "127.0.0.1" : host === "::" ? "[::1]" : host);
