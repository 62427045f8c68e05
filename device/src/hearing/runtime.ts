/** Composition root of the hearing process: sound in at the top, messages out at the bottom. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { type Clock, ModelManifest, parseJsonAs, type TelemetryMessage } from "@tactus/shared";
import type { Logger } from "pino";
import type { AudioSource, SampleBlock } from "../capture/audio-source.js";
import type { DeviceConfig } from "../config.js";
import type { OpenPipeline, Step } from "../pipeline.js";
import type { HearingFacts } from "../process-channel.js";
import { AudioFeed, type OpenFormat } from "./audio-feed.js";
import { BandLevels } from "./band-levels.js";
import { CaptureLink } from "./capture-link.js";
import { ConditionWatch } from "./condition-watch.js";
import { EpochClock } from "./epoch-clock.js";
import { FactSheet } from "./fact-sheet.js";
import { LatencyMeter } from "./latency-meter.js";
import { LocalBroker } from "./local-broker.js";
import { Loudness } from "./loudness.js";
import { ActivationPublisher } from "./publish/activation-publisher.js";
import { BeatPublisher } from "./publish/beat-publisher.js";
import { GridPublisher, SILENT_GRID } from "./publish/grid-publisher.js";
import { LevelsPublisher } from "./publish/levels-publisher.js";
import { OverrideSubscriber } from "./publish/override-subscriber.js";
import { TimeResponder } from "./publish/time-responder.js";
import { RoomClock } from "./room-clock.js";
import { StreamClock } from "./stream-clock.js";
import { TELEMETRY_INTERVAL_MS, Telemetry } from "./telemetry.js";

const TICK_MS = 200;

export interface HearingOptions {
  config: DeviceConfig & { mqtt: { pairingCode: string } };
  session: string;
  /** Password of the user "internal": our own agent. */
  internalPassword: string;
  timeFloorMs: number;
  artifactDir: string;
  source: AudioSource;
  openFormat: OpenFormat;
  openPipeline: OpenPipeline;
  /** Wall clock, milliseconds. */
  wallClock: () => number;
  clock: Clock;
  log: Logger;
  onFacts: (facts: HearingFacts) => void;
  onTelemetry: (telemetry: TelemetryMessage) => void;
  /** The source cannot be opened, and trying again would not help. */
  onFailure: (error: unknown) => void;
}

export interface Hearing {
  port: number;
  webSocketPort: number;
  isWell(): boolean;
  stop(): Promise<void>;
}

/** Rejects with a TactusError when a person must act: a port in use, a model that cannot be read. */
export async function startHearing(options: HearingOptions): Promise<Hearing> {
  const { config, session, clock, log, source, artifactDir, openFormat } = options;
  const { stream, room, readClocks, isTrusted } = openClocks(options);
  const [meter, levels, loudness, conditions] = [
    new LatencyMeter(),
    new BandLevels(),
    new Loudness(),
    new ConditionWatch(),
  ];
  const outlet = openBroker(options);

  const beats = new BeatPublisher({ outlet, room, levels });
  const levelsOut = new LevelsPublisher({ outlet, room, levels, loudness });
  const activations = new ActivationPublisher({ outlet, room });
  const onStep = (step: Step) => {
    for (const magnitudes of step.magnitudes) levels.update(magnitudes);
    for (const event of step.events) beats.publish(event);
    meter.step(step.spent, step.activations.length);
    levelsOut.publish();
    activations.publish(step);
  };
  const { leadMs, freezeMs } = config;
  const pipeline = await options.openPipeline({ artifactDir, leadMs, freezeMs, session }, onStep);
  const feed = new AudioFeed({ pipeline, openFormat, stream, clock, meter, loudness, conditions });

  const facts = new FactSheet({
    source: source.description,
    model: await modelName(artifactDir),
    tell: options.onFacts,
  });
  const grid = new GridPublisher({ outlet, room, session });
  const overrides = new OverrideSubscriber({ outlet, room, clock, pipeline, log });
  const times = new TimeResponder({ outlet, room, clock, log });
  const telemetry = new Telemetry({ session, room, clock, meter, feed });
  const onBlock = (block: SampleBlock) => feed.accept(block);
  const capture = new CaptureLink({ source, onBlock, onState: (state, reason) => facts.capture(state, reason) });

  const tick = () => {
    readClocks();
    const now = clock.monotonic();
    facts.conditions(isTrusted() ? conditions.present(now) : [...conditions.present(now), "unsynchronised-clock"]);
    const state = facts.isRunning ? pipeline.state() : SILENT_GRID;
    grid.update(state, pipeline.overrideState().mode, now);
    overrides.refresh();
  };

  await outlet.start();
  overrides.start();
  times.start();
  facts.tell();
  const timers = [
    setInterval(tick, TICK_MS),
    setInterval(() => options.onTelemetry(telemetry.take()), TELEMETRY_INTERVAL_MS),
  ];
  capture.start().catch(options.onFailure);

  const stop = async () => {
    for (const timer of timers) clearInterval(timer);
    await capture.stop();
    await outlet.stop();
    await pipeline.close();
  };
  return { port: outlet.port, webSocketPort: outlet.webSocketPort, isWell: () => !feed.isStuck(), stop };
}

function openClocks({ clock, wallClock, timeFloorMs, log }: HearingOptions) {
  const stream = new StreamClock();
  const epoch = new EpochClock({ floorMs: timeFloorMs });
  const readClocks = () => {
    const wasSet = epoch.observe(clock.monotonic(), wallClock());
    if (wasSet) log.warn("The clock of this box was set: stamps are doubtful for a minute");
  };
  readClocks();
  const room = new RoomClock({ stream, epoch, clock });
  return { stream, room, readClocks, isTrusted: () => epoch.isTrusted(clock.monotonic()) };
}

function openBroker({ config, internalPassword, clock, log }: HearingOptions): LocalBroker {
  const internal = { username: "internal", password: internalPassword };
  return new LocalBroker({ address: config, ...config.mqtt, internal, clock, log });
}

async function modelName(artifactDir: string): Promise<string> {
  const path = join(artifactDir, "manifest.json");
  const { name, version } = parseJsonAs(ModelManifest, await readFile(path), path);
  return `${name} ${version}`;
}
