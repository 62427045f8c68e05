/** The whole bridge on one screen: feed -> schedules -> outputs, and their states back to the broker. */
import { randomUUID } from "node:crypto";
import { mkdir } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { type Clock, InputError, makeFolder, type OutputRig, type OverrideAction, systemClock } from "@tactus/shared";
import type { BridgeConfig } from "./config.js";
import { BeatFeed } from "./feed/beat-feed.js";
import { LiveEnergy } from "./feed/live-energy.js";
import { NO_RIG } from "./no-rig.js";
import type { OutputHost } from "./output-kinds.js";
import { artnetPort } from "./outputs/artnet/index.js";
import type { DmxSource, OutputContext } from "./outputs/output.js";
import { ownCids } from "./outputs/sacn/index.js";
import { createReceiver } from "./receive/index.js";
import { OutputReporter } from "./report/output-reporter.js";
import { RunningOutput } from "./running-output.js";
import { RoomWatch } from "./scheduler/room-watch.js";
import { createShow, describeRig, loadProfiles } from "./show/index.js";
import { FiringLoop } from "./timer/firing-loop.js";

export interface BridgeOptions {
  config: BridgeConfig;
  /** Files that the configuration names are relative to this. */
  folder: string;
  log: OutputContext["log"];
  clock?: Clock;
}

export class Bridge {
  readonly #options: BridgeOptions;
  readonly #now: () => number;
  readonly #room = new RoomWatch();
  readonly #energy = new LiveEnergy();
  readonly #loop: FiringLoop;
  readonly #feed: BeatFeed;
  readonly #reporter: OutputReporter<RunningOutput>;
  readonly #running = new Set<RunningOutput>();
  #receiver: { start(): Promise<void>; stop(): Promise<void> } | undefined;
  #outputs: RunningOutput[] = [];
  #rig: OutputRig | undefined;

  constructor(options: BridgeOptions) {
    const { clock = systemClock } = options;
    this.#options = options;
    this.#now = () => clock.monotonic();
    this.#loop = new FiringLoop({
      now: this.#now,
      onTurn: (now) => this.#decide(now),
      energyAt: (now) => this.#energy.at(now),
    });
    this.#feed = this.#createFeed();
    this.#reporter = new OutputReporter({
      outputs: () => this.#outputs,
      describe: (output) => output.describe(this.#loop.jitter(output)),
      rig: () => this.#rig,
      publish: (leaf, message, retain) => this.#feed.publish(leaf, message, retain),
      now: this.#now,
    });
  }

  /** By name, as configured and enabled. */
  get outputs(): readonly RunningOutput[] {
    return this.#outputs;
  }

  /** Throws InputError when the configuration cannot work; an output that does not start is tried again meanwhile. */
  async start(): Promise<void> {
    await this.#makeStateDir();
    const createDmx = await this.#dmxSources();
    const enabled = Object.entries(this.#options.config.outputs).filter(([, { enabled }]) => enabled);
    this.#outputs = enabled.map(([name]) => this.#createOutput(name, createDmx()));
    this.#loop.start();
    this.#feed.start();
    this.#reporter.start();
    await Promise.all([...this.#outputs.map((output) => output.start()), this.#startReceiver()]);
  }

  /** Outputs hand back control first, each in its protocol's way. */
  async stop(): Promise<void> {
    this.#loop.stop();
    await Promise.allSettled(this.#outputs.map((output) => output.stop()));
    await this.#receiver?.stop();
    this.#reporter.stop();
    await this.#feed.stop();
  }

  async #makeStateDir(): Promise<void> {
    const { stateDir } = this.#options.config;
    try {
      await makeFolder(resolve(stateDir), { mkdir: (path) => mkdir(path, { mode: 0o700 }), dirname });
    } catch (cause) {
      const { code } = cause as NodeJS.ErrnoException;
      throw new InputError(`stateDir ${stateDir} cannot be made (${code}): name a folder that may be written`, {
        cause,
      });
    }
  }

  #createFeed(): BeatFeed {
    const { mqtt, outputs, rig } = this.#options.config;
    const enabled = Object.values(outputs).filter(({ enabled }) => enabled);
    return new BeatFeed({
      ...mqtt,
      levels: enabled.length > 0 && (rig !== undefined || enabled.some(({ type }) => type === "wled")),
      mayWrite: mqtt.username !== undefined || mqtt.anonymousWrite,
      now: this.#now,
      log: this.#options.log,
      events: {
        onBeat: (beat) => {
          this.#room.heardBeat(beat, this.#now());
          for (const { schedule } of this.#running) schedule.announce(beat);
          this.#changed();
        },
        onGrid: (grid) => {
          this.#room.heardGrid(grid);
          for (const { schedule } of this.#running) schedule.grid(grid);
          this.#changed();
        },
        onBlackout: (on) => this.#learn({ blackout: on }),
        onPresence: (online) => this.#learn({ online }),
        onLevels: ({ bands }) => this.#energy.hear(bands, this.#now()),
        onLink: (up) => up && this.#reporter.again(),
        onDevice: () => this.#reporter.again(),
        onWatch: (watch) => this.#reporter.watch(watch),
      },
    });
  }

  #learn(facts: Partial<RoomWatch["facts"]>): void {
    Object.assign(this.#room.facts, facts);
    this.#changed();
  }

  #changed(): void {
    this.#decide(this.#now());
    this.#loop.poke();
  }

  #decide(now: number): void {
    for (const { schedule, output } of this.#running)
      if (schedule.decide(this.#room.facts, now)) output.mode(schedule.mode);
  }

  #createOutput(name: string, dmx: DmxSource): RunningOutput {
    const { config, log, clock = systemClock } = this.#options;
    const settings = config.outputs[name];
    if (!settings) throw new Error(`No output ${name}`);
    return new RunningOutput({
      name,
      config: settings,
      stateDir: config.stateDir,
      clock,
      log,
      dmx,
      host: this.#host(),
      onStarted: (output) => {
        this.#running.add(output);
        if (this.#room.grid) output.schedule.grid(this.#room.grid);
        this.#loop.add(output);
        log.info(`Output ${name} (${settings.type}) is running`);
      },
    });
  }

  #host(): OutputHost {
    return {
      broker: this.#options.config.mqtt,
      address: () => this.#feed.address,
      override: (command: OverrideAction, by: string) => {
        this.#feed.publish("override/set", { v: 1, requestId: randomUUID(), by, command });
      },
    };
  }

  /** Each output has a show of its own: latencies differ, and so do the instants they draw. */
  async #dmxSources(): Promise<() => DmxSource> {
    const { config, folder } = this.#options;
    const { rig, receive } = config;
    if (receive.sacn.length + receive.artnet.length > 0)
      this.#receiver = createReceiver(receive, { now: this.#now, ownCids, artnetPort });
    if (!rig) return () => NO_RIG;
    const loadProfile = await loadProfiles(rig, { folder });
    this.#rig = describeRig(rig, loadProfile);
    const incoming = this.#receiver ? [this.#receiver as ReturnType<typeof createReceiver>] : [];
    return () => createShow(rig, { loadProfile, incoming });
  }

  async #startReceiver(): Promise<void> {
    await this.#receiver?.start().catch((error: Error) => {
      this.#options.log.warn(`Nothing is received from a desk: ${error.message}`);
    });
  }
}
