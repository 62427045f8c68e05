/** Composition root of the hearing process: sound in at the top, messages out at the bottom. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { type Clock, ModelManifest, parseJsonAs, type TelemetryMessage } from "@tactus/shared";
import type { Logger } from "pino";
import type { AudioSource, SampleBlock } from "../capture/audio-source.js";
import type { DeviceConfig } from "../config.js";
import type { OpenPipeline, Step } from "../pipeline.js";
import type { HearingFacts } from "../process-channel.js";
import type { Settings } from "../remote-settings.js";
import { AudioFeed, type OpenFormat } from "./audio-feed.js";
import { BandLevels } from "./band-levels.js";
import { BeatMarker } from "./beat-marker.js";
import { CaptureLink } from "./capture-link.js";
import { CaptureOffset } from "./capture-offset.js";
import { ConditionWatch } from "./condition-watch.js";
import { EpochClock } from "./epoch-clock.js";
import { FactSheet } from "./fact-sheet.js";
import { FeatureTap, type FeatureTapOptions } from "./feature-tap.js";
import { HealthMeter } from "./health-meter.js";
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
  sessionNumber: number;
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
  /** What the model hears, while it is tapped. */
  onFeatures: FeatureTapOptions["send"];
  /** The source cannot be opened, and trying again would not help. */
  onFailure: (error: unknown) => void;
}

export interface Hearing {
  port: number;
  webSocketPort: number;
  isWell(): boolean;
  /** Change to the model in this folder while sound goes on; rejects, and nothing has changed, when that cannot be done. */
  swapModel(artifactDir: string): Promise<void>;
  tap(isOn: boolean): void;
  /** What can be changed while sound goes on, from now on. */
  apply(settings: Settings): void;
  stop(): Promise<void>;
}

/** Rejects with a TactusError when a person must act: a port in use, a model that cannot be read. */
export async function startHearing(options: HearingOptions): Promise<Hearing> {
  const { config, session, clock, log, source, artifactDir, openFormat } = options;
  const { stream, room, readClocks, isTrusted } = openClocks(options);
  const meters = openMeters();
  const { meter, health, loudness, conditions } = meters;
  const outlet = openBroker(options);
  const offset = new CaptureOffset({ offset: config.captureOffsetMs / 1000 });
  const tap = new FeatureTap({ send: options.onFeatures });
  const { sessionNumber } = options;
  const marker = new BeatMarker({ stateDir: config.stateDir, session, sessionNumber, log });
  const onStep = stepOutputs({ ...meters, outlet, room, tap, marker });
  const { leadMs, freezeMs } = config;
  const pipeline = await options.openPipeline({ artifactDir, leadMs, freezeMs, session }, onStep);
  const isPlaying = () => health.isPlaying;
  const listening = { pipeline, openFormat, stream, offset, clock, meter, isPlaying, loudness, conditions };
  const feed = new AudioFeed(listening);

  const facts = new FactSheet({
    source: source.description,
    model: await modelName(artifactDir),
    tell: options.onFacts,
  });
  const grid = new GridPublisher({ outlet, room, session });
  const onDone = health.hand.bind(health);
  const overrides = new OverrideSubscriber({ outlet, room, clock, pipeline, onDone, log });
  const times = new TimeResponder({ outlet, room, clock, log });
  const telemetry = new Telemetry({ session, room, clock, meter, health, feed });
  const onBlock = (block: SampleBlock) => feed.accept(block);
  const capture = new CaptureLink({ source, onBlock, onState: (state, reason) => facts.capture(state, reason) });

  const tick = () => {
    readClocks();
    const now = clock.monotonic();
    facts.conditions(isTrusted() ? conditions.present(now) : [...conditions.present(now), "unsynchronised-clock"]);
    const state = facts.isRunning ? pipeline.state() : SILENT_GRID;
    facts.music(state.music);
    grid.update(state, pipeline.overrideState().mode, now);
    overrides.refresh();
  };

  marker.start();
  await outlet.start();
  overrides.start();
  times.start();
  facts.tell();
  const timers = [
    setInterval(tick, TICK_MS),
    setInterval(() => options.onTelemetry(telemetry.take()), TELEMETRY_INTERVAL_MS),
    setInterval(() => options.onTelemetry(telemetry.takeSummary(facts.modelName)), config.telemetryS * 1000),
  ];
  capture.start().catch(options.onFailure);

  const stop = async () => {
    for (const timer of timers) clearInterval(timer);
    await capture.stop();
    await outlet.stop();
    await pipeline.close();
    await marker.stop();
  };
  const apply = (settings: Settings) => {
    pipeline.retime(settings);
    offset.set(settings.captureOffsetMs / 1000);
    outlet.openToAll(settings.publicRead);
    log.level = settings.logLevel;
  };
  const swapModel = async (dir: string) => {
    const model = await modelName(dir);
    await pipeline.swap(dir);
    options.onTelemetry(telemetry.takeSummary(facts.modelName)); // a summary is of one model
    facts.model(model);
  };
  const { port, webSocketPort } = outlet;
  return { port, webSocketPort, isWell: () => !feed.isStuck(), swapModel, tap: (isOn) => tap.turn(isOn), apply, stop };
}

const openMeters = () => ({
  meter: new LatencyMeter(),
  levels: new BandLevels(),
  loudness: new Loudness(),
  conditions: new ConditionWatch(),
  health: new HealthMeter(),
});

interface StepParts extends ReturnType<typeof openMeters> {
  outlet: LocalBroker;
  room: RoomClock;
  tap: FeatureTap;
  marker: BeatMarker;
}

/** Where everything goes that is known after a step. Realtime-safe: does not wait. */
function stepOutputs({ outlet, room, levels, loudness, meter, health, tap, marker }: StepParts): (step: Step) => void {
  const beats = new BeatPublisher({ outlet, room, levels });
  const levelsOut = new LevelsPublisher({ outlet, room, levels, loudness });
  const activations = new ActivationPublisher({ outlet, room });
  return (step) => {
    for (const magnitudes of step.magnitudes) levels.update(magnitudes);
    health.step(step.time, step.music);
    for (const event of step.events) {
      marker.note(event.beatId, room.epochUsOf(event.time)); // before it leaves, which is in the next turn
      beats.publish(event);
      health.event(event);
    }
    meter.step(step.spent, step.activations.length);
    levelsOut.publish();
    activations.publish(step);
    tap.step(step);
  };
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
