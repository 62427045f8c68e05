/** Keeps the two processes of a device alive, and knows what the agent tells others about the box. */
import { randomBytes } from "node:crypto";
import { fileURLToPath } from "node:url";
import type { Clock, DeviceAddress, TactusError } from "@tactus/shared";
import type { Logger } from "pino";
import type { DeviceConfig } from "./config.js";
import { DEFAULT_MODEL_DIR } from "./default-model.js";
import { placeOf } from "./identity/box-identity.js";
import { loadArtifact } from "./model/artifact.js";
import {
  type AlertId,
  type DeviceFacts,
  type FromProcess,
  type ProcessStart,
  UNKNOWN_FACTS,
} from "./process-channel.js";
import { withSettings } from "./remote-settings.js";
import { AlertBook } from "./supervisor/alert-book.js";
import { KeptProcess } from "./supervisor/kept-process.js";
import { RemoteHand } from "./supervisor/remote-hand.js";
import { StateDir } from "./supervisor/state-dir.js";
import { ModelKeeper } from "./update/model-keeper.js";
import { ModelSlots } from "./update/model-slots.js";

const TICK_MS = 1000;
const RAISE_FLOOR_MS = 600_000;
/** A sound card that comes back within this time is no alert: seconds. */
const LOST_FOR_S = 10;

/** Where the broker listens, and the code that opens it for writing. */
export interface ReadyDevice {
  port: number;
  /** 0 = off. */
  webSocketPort: number;
  pairingCode: string;
  address: DeviceAddress;
}

export interface SupervisorOptions {
  config: DeviceConfig;
  clock: Clock;
  log: Logger;
  /** Hearing is up for the first time. */
  onReady: (at: ReadyDevice) => void;
  /** A code by which the box can be claimed now, and for how many seconds; empty = none holds. */
  onClaimCode?: (code: string, validForS: number) => void;
  /** It was claimed, and has this address from now on. */
  onClaimed?: (at: DeviceAddress) => void;
  /** The source came to its end. */
  onEnded: () => void;
  /** A person must act; the device should be stopped. */
  onHopeless: (error: TactusError) => void;
}

export class Supervisor {
  readonly #options: SupervisorOptions;
  readonly #state: StateDir;
  readonly #alerts = new AlertBook();
  readonly #internalPassword = randomBytes(24).toString("base64url");
  readonly #hearing: KeptProcess;
  readonly #agent: KeptProcess;
  readonly #models: ModelKeeper;
  readonly #remote: RemoteHand;
  #facts: DeviceFacts = UNKNOWN_FACTS;
  #pairingCode = "";
  #place: Pick<DeviceConfig, "venue" | "device" | "name">;
  #webSocketPort: number | undefined;
  #lostAt = Number.POSITIVE_INFINITY;
  /** Why the last update ended badly; empty = it did not. */
  #updateTrouble = "";
  #isTapped = false;
  #timers: NodeJS.Timeout[] = [];

  constructor(options: SupervisorOptions) {
    this.#options = options;
    this.#place = options.config;
    this.#state = new StateDir(options.config.stateDir);
    const { clock, log, onHopeless, config } = options;
    const onLine = (name: string, line: string) => this.#remote.write(name, line);
    const shared = { order: () => this.#order(), onLine, clock, log, onHopeless };
    this.#remote = new RemoteHand({
      config,
      log,
      tell: (to, message) => (to === "agent" ? this.#agent : this.#hearing).tell(message),
      restart: (part) => (part === "agent" ? this.#agent : this.#hearing).restart(),
      now: () => clock.monotonic(),
      nowUs: () => Date.now() * 1000,
    });
    this.#hearing = new KeptProcess({
      ...shared,
      name: "hearing",
      module: moduleOf("./hearing/main.js"),
      inheritStdin: config.source === "-",
      order: async () => ({ ...(await this.#order()), artifactDir: await this.#models.choose() }),
      onMessage: (message) => this.#fromHearing(message),
      onDown: (isPlanned) => {
        if (!isPlanned) this.#models.crashed();
        this.#learn({ hearing: "down", capture: "starting", music: false });
      },
    });
    this.#agent = new KeptProcess({
      ...shared,
      name: "agent",
      module: moduleOf("./agent/main.js"),
      onMessage: (message) => this.#fromAgent(message),
      onDown: () => this.#tap(false),
    });
    this.#models = new ModelKeeper({
      slots: openSlots(options),
      modelDir: config.modelDir,
      swap: (artifactDir) => {
        if (this.#facts.hearing === "up") this.#hearing.tell({ kind: "swap", artifactDir });
        return this.#facts.hearing === "up";
      },
      restart: () => this.#hearing.restart(),
      onChange: (models) => this.#learn({ models }),
      log,
    });
  }

  /** A line of our own log. */
  note(line: string): void {
    this.#remote.write("supervisor", line);
  }

  get pids(): { hearing: number | undefined; agent: number | undefined } {
    return { hearing: this.#hearing.pid, agent: this.#agent.pid };
  }

  /** Rejects with UnavailableError when the state folder cannot be written. */
  async start(): Promise<void> {
    await this.#state.open();
    this.#place = await placeOf(this.#options.config);
    this.#pairingCode = this.#options.config.mqtt.pairingCode ?? (await this.#state.pairingCode());
    await this.#state.raiseTimeFloor(Date.now());
    this.#timers = [setInterval(() => this.#judge(), TICK_MS), setInterval(() => this.#raiseFloor(), RAISE_FLOOR_MS)];
    this.#remote.start();
    await this.#models.open();
    await this.#hearing.start();
    await this.#agent.start();
  }

  async stop(): Promise<void> {
    for (const timer of this.#timers) clearInterval(timer);
    await this.#agent.stop(); // first, so that it can still say goodbye at the broker
    await this.#hearing.stop();
    this.#remote.stop();
    await this.#models.close();
  }

  /** The ports stay the same over a restart, also where the configuration says "any". */
  async #order(): Promise<ProcessStart> {
    const { own, settings } = this.#remote;
    const name = this.#place.name ?? this.#place.device;
    const isOwnName = settings.name === own.name; // nobody far away wants another
    const held = isOwnName ? { ...settings, name } : settings;
    const config = withSettings({ ...this.#options.config, ...this.#place }, held);
    const mqtt = { ...config.mqtt, pairingCode: this.#pairingCode };
    if (this.#facts.brokerPort) mqtt.port = this.#facts.brokerPort;
    if (this.#webSocketPort) mqtt.webSocketPort = this.#webSocketPort;
    return {
      kind: "start",
      config: { ...config, mqtt },
      ...(await this.#state.nextSession()),
      internalPassword: this.#internalPassword,
      timeFloorMs: await this.#state.timeFloorMs(),
      own: { ...own, name },
      artifactDir: "",
    };
  }

  #fromHearing(message: FromProcess): void {
    if (message.kind === "features") this.#agent.tell(message);
    if (message.kind === "telemetry") {
      const crashes = this.#hearing.crashes + this.#agent.crashes;
      this.#agent.tell({ kind: "telemetry", telemetry: { ...message.telemetry, crashes } });
    }
    if (message.kind === "telemetry") this.#models.hear(message.telemetry);
    if (message.kind === "model") this.#models.swapped(message.artifactDir, message.reason);
    if (message.kind === "ready") {
      const { brokerPort, webSocketPort } = message;
      const isFirst = this.#facts.brokerPort === 0;
      this.#webSocketPort = webSocketPort;
      this.#learn({ hearing: "up", brokerPort });
      this.#remote.up("hearing");
      if (this.#isTapped) this.#tap(true);
      if (isFirst)
        this.#options.onReady({
          port: brokerPort,
          webSocketPort,
          pairingCode: this.#pairingCode,
          address: this.#place,
        });
    }
    if (message.kind === "facts") {
      this.#learn(message.facts);
      if (message.facts.capture === "ended") this.#options.onEnded();
    }
  }

  #fromAgent(message: FromProcess): void {
    if (message.kind === "ready") this.#agent.tell({ kind: "facts", facts: this.#facts });
    if (message.kind === "ready") this.#remote.up("agent");
    this.#remote.hear(message);
    if (message.kind === "claim-code") this.#options.onClaimCode?.(message.code, message.validForS);
    if (message.kind === "claimed") void this.#moveIn();
    if (message.kind === "tap") this.#tap(message.isOn);
    if (message.kind === "try-model") this.#models.tryModel(message.trial);
    if (message.kind === "drop-model") this.#models.dropModel(message.id, message.reason);
    if (message.kind === "update-trouble") this.#updateTrouble = message.reason;
  }

  /** The box was claimed: its address comes from there, and what has it in its topics starts anew. */
  async #moveIn(): Promise<void> {
    const { venue, device } = this.#place;
    this.#place = await placeOf(this.#options.config);
    if (venue !== this.#place.venue || device !== this.#place.device) this.#hearing.restart();
    this.#agent.restart();
    this.#options.onClaimed?.(this.#place);
  }

  #tap(isOn: boolean): void {
    this.#isTapped = isOn;
    this.#hearing.tell({ kind: "tap", isOn });
  }

  #learn(news: Partial<DeviceFacts>): void {
    this.#facts = { ...this.#facts, ...news };
    const isLost = this.#facts.capture === "lost";
    if (!isLost) this.#lostAt = Number.POSITIVE_INFINITY;
    else if (this.#lostAt === Number.POSITIVE_INFINITY) this.#lostAt = this.#options.clock.monotonic();
    this.#agent.tell({ kind: "facts", facts: this.#facts });
  }

  #judge(): void {
    const { clock } = this.#options;
    this.#models.tick(this.#facts.hearing === "up" && this.#facts.capture !== "ended");
    const isLost = clock.monotonic() - this.#lostAt >= LOST_FOR_S;
    const changes = [
      this.#alert("hearing-restarts", this.#hearing.isNuisance, () => restartsOf("hearing", "critical")),
      this.#alert("agent-restarts", this.#agent.isNuisance, () => restartsOf("agent", "warning")),
      this.#alert("capture-lost", isLost, () => ({
        severity: "critical",
        message: `No sound from ${this.#facts.source}: ${this.#facts.captureReason}`.slice(0, 400),
        remedy: "Check the cable and the input, then run: tactus doctor",
      })),
      this.#alert("update-failed", this.#updateTrouble !== "", () => ({
        severity: "warning",
        message: this.#updateTrouble.slice(0, 400),
        remedy: "The model before it runs on; look at the version's release and choose another one",
      })),
    ];
    if (changes.includes(true)) this.#learn({ alerts: this.#alerts.list() });
  }

  #alert(id: AlertId, isPresent: boolean, text: () => Parameters<AlertBook["set"]>[1]): boolean {
    return this.#alerts.set(id, isPresent ? text() : undefined, Date.now() * 1000);
  }

  #raiseFloor(): void {
    this.#state
      .raiseTimeFloor(Date.now())
      .catch((error: unknown) => this.#options.log.warn({ err: error }, "The time floor could not be kept"));
  }
}

function openSlots({ config, log }: SupervisorOptions): ModelSlots {
  return new ModelSlots({
    stateDir: config.stateDir,
    bundledDir: DEFAULT_MODEL_DIR,
    check: async (dir) => (await loadArtifact(dir)).manifest,
    maxCrashes: config.updates.maxCrashes,
    nowUs: () => Date.now() * 1000,
    log,
  });
}

const moduleOf = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

function restartsOf(name: string, severity: "critical" | "warning") {
  const message = `The process ${name} was restarted three times within ten minutes`;
  return { severity, message, remedy: "Look into the log for its last words, then run: tactus doctor" };
}
