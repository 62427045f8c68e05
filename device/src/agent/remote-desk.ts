/** Everything that the cloud may ask of this box, put together: twin, commands, logs, support bundle, kept telemetry. */
import { join } from "node:path";
import type { Clock, TelemetryMessage } from "@tactus/shared";
import type { Logger } from "pino";
import type { CloudFetch } from "../identity/cloud-fetch.js";
import type { FromProcess, LogLine, ProcessStart, ToProcess } from "../process-channel.js";
import type { Settings } from "../remote-settings.js";
import type { ModelUpdater } from "../update/model-updater.js";
import { readBox } from "./box-meters.js";
import type { CloudLink } from "./cloud-link.js";
import { CommandMemory } from "./command-memory.js";
import { Commands } from "./commands.js";
import { LogTail } from "./log-tail.js";
import { SupportBundle } from "./support-bundle.js";
import { TelemetryOutbox } from "./telemetry-outbox.js";
import { TelemetrySender } from "./telemetry-sender.js";
import { TwinClient } from "./twin-client.js";
import { TwinReport } from "./twin-report.js";

export interface RemoteDeskParts {
  order: ProcessStart;
  cloud: CloudLink;
  clock: Clock;
  /** Epoch microseconds by the wall clock. */
  nowUs: () => number;
  tellSupervisor: (message: FromProcess) => void;
  updater: ModelUpdater | undefined;
  cloudFetch: CloudFetch | undefined;
  /** Of the present login: never part of a support bundle. */
  loginSecrets: () => readonly string[];
  rotateCredentials: (() => Promise<void>) | undefined;
  /** For the support bundle, beside what is known here; each becomes a file. */
  facts: Record<string, () => unknown | Promise<unknown>>;
  /** These hold from now on, for the agent itself. */
  onSettings: (settings: Settings) => void;
  log: Logger;
}

/** Summaries may take this share of the outbox's room, beside the beats: neither pushes the other out. */
const TELEMETRY_SHARE = 1 / 4;
/** Telemetry messages in a support bundle. */
const RECENT = 60;
const LOGS_WITHIN_MS = 2000;

export class RemoteDesk {
  readonly #parts: RemoteDeskParts;
  readonly #twin: TwinClient;
  readonly #report: TwinReport;
  readonly #commands: Commands;
  readonly #tail: LogTail;
  readonly #outbox: TelemetryOutbox;
  readonly #telemetry: TelemetrySender;
  readonly #recent: TelemetryMessage[] = [];
  #onLogs: (lines: readonly LogLine[]) => void = () => {};

  constructor(parts: RemoteDeskParts) {
    this.#parts = parts;
    const { order, cloud, clock, tellSupervisor, updater, rotateCredentials, nowUs, log } = parts;
    const { config: address, session, own } = order;
    const { stateDir } = order.config;
    this.#twin = new TwinClient({
      own,
      stateDir,
      updater,
      onSettings: (settings) => this.#apply(settings),
      onChange: () => this.#report.changed(),
      log,
    });
    this.#report = new TwinReport({ address, session, cloud, read: () => this.#twin.facts });
    this.#tail = new LogTail({ address, cloud, clock, tellSupervisor });
    const bundle = this.#bundle();
    this.#commands = new Commands({
      address,
      cloud,
      memory: new CommandMemory({ path: join(stateDir, "commands.json"), log }),
      tail: this.#tail,
      tellSupervisor,
      sendBundle: (requestId) => bundle.send(requestId),
      rotateCredentials,
      cloudNowUs: () => nowUs() + cloud.readClock().offsetUs,
      log,
    });
    this.#outbox = new TelemetryOutbox({
      file: join(stateDir, "telemetry.db"),
      maxBytes: shareOf(order.config.outboxMb),
      log,
    });
    this.#telemetry = new TelemetrySender({ address, outbox: this.#outbox, cloud, clock, log });
  }

  start(): void {
    this.#twin.start();
    this.#commands.start();
    this.#telemetry.start();
  }

  stop(): void {
    this.#report.stop();
    this.#telemetry.stop();
  }

  linkUp(): void {
    this.#report.linkUp();
    this.#commands.linkUp();
    this.#telemetry.linkUp();
  }

  linkDown(): void {
    this.#tail.stop();
  }

  onTwinDesired(payload: Buffer): void {
    this.#twin.hear(payload);
  }

  onCommand(payload: Buffer): void {
    this.#commands.hear(payload);
  }

  onTelemetryAck(payload: Buffer): void {
    this.#telemetry.acknowledge(payload);
  }

  /** What the supervisor says beside facts. */
  hear(message: ToProcess): void {
    if (message.kind === "log-lines") this.#tail.send(message.lines, message.dropped);
    if (message.kind === "recent-logs") this.#onLogs(message.lines);
    if (message.kind === "restarted") this.#commands.restarted(message.requestId);
  }

  /** Meters of hearing, and the box's own beside them: a summary waits for the cloud, the rest is for who looks now. */
  async report(telemetry: TelemetryMessage, live: (message: TelemetryMessage) => void): Promise<void> {
    const message = { ...telemetry, ...(await readBox(this.#parts.order.config.stateDir)) };
    this.#recent.push(message);
    if (this.#recent.length > RECENT) this.#recent.shift();
    const { sequence } = message;
    if (sequence === undefined) live(message);
    else this.#telemetry.add({ ...message, sequence });
  }

  #apply(settings: Settings): void {
    this.#outbox.limit(shareOf(settings.outboxMb));
    this.#parts.tellSupervisor({ kind: "settings", settings });
    this.#parts.onSettings(settings);
  }

  #bundle(): SupportBundle {
    const { order, cloudFetch, loginSecrets, facts, nowUs } = this.#parts;
    return new SupportBundle({
      address: order.config,
      cloudFetch,
      config: order.config,
      secrets: () => [order.internalPassword, ...loginSecrets()],
      facts: {
        ...facts,
        twin: () => this.#twin.facts,
        models: () => this.#parts.updater?.report() ?? null,
        telemetry: () => ({ waitingSummaries: this.#outbox.count, recent: this.#recent }),
      },
      logs: () => this.#recentLogs(),
      nowS: () => nowUs() / 1e6,
    });
  }

  #recentLogs(): Promise<readonly LogLine[]> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => resolve([]), LOGS_WITHIN_MS);
      this.#onLogs = (lines) => {
        clearTimeout(timer);
        resolve(lines);
      };
      this.#parts.tellSupervisor({ kind: "recent-logs" });
    });
  }
}

const shareOf = (outboxMb: number): number => outboxMb * TELEMETRY_SHARE * 2 ** 20;
