/** Rendered universes into ArtDmx, unicast to the nodes that show them, with sync and time code. */
import { systemClock } from "@tactus/shared";
import { addressOfInterface, broadcastAddresses } from "../../local-interface.js";
import { closeUdpSocket, openUdpSocket } from "../../udp-socket.js";
import type { BeatCue, BeatPose, Output, OutputContext, OutputHealth, OutputMode } from "../output.js";
import { HostAddresses } from "../streaming/host-addresses.js";
import { PacedStreams } from "../streaming/paced-streams.js";
import { UdpSender } from "../streaming/udp-sender.js";
import type { ArtnetConfig } from "./artnet-config.js";
import { ArtnetDiscovery } from "./artnet-discovery.js";
import { ARTNET_PORT, describeUniverse, encodeSync, encodeTimeCode } from "./artnet-packet.js";
import { artnetPort } from "./artnet-port.js";
import { ArtnetStream } from "./artnet-stream.js";
import { MusicTime, timeCodeOf } from "./time-code.js";

/** Art-Net asks for a repeat after 4 s at the latest; many receivers give up a source after 2.5 s. */
const KEEP_ALIVE_S = 0.9;
/** A change is sent three times before only the keep-alive repeats it: a lost packet costs a frame, not a second. */
const REPEATS = 3;
/** Interfaces come up after us and change their addresses. */
const REFRESH_MS = 10_000;

export class ArtnetOutput implements Output {
  readonly frameRateHz: number;
  readonly leadS = 0;
  readonly #config: ArtnetConfig;
  readonly #context: OutputContext;
  readonly #sender = new UdpSender();
  readonly #hosts: HostAddresses;
  readonly #streams: PacedStreams;
  readonly #sync = encodeSync();
  readonly #musicTime = new MusicTime();
  readonly #targets = new Map<number, readonly string[]>();
  #allTargets: readonly string[] | undefined;
  #broadcast: readonly string[] = [];
  #refresh: NodeJS.Timeout | undefined;
  #discovery: ArtnetDiscovery | undefined;
  #mode: OutputMode = "idle";
  #lastTimeCode = "";
  #close: (() => Promise<void>) | undefined;

  constructor(config: ArtnetConfig, context: OutputContext) {
    this.#config = config;
    this.#context = context;
    this.frameRateHz = config.frameRateHz;
    this.#hosts = new HostAddresses({ hosts: config.hosts, changed: () => this.#retarget() });
    this.#streams = new PacedStreams({
      now: context.now,
      dmx: context.dmx,
      frameRateHz: config.frameRateHz,
      keepAliveS: KEEP_ALIVE_S,
      repeats: REPEATS,
      universes: () => this.#universes(),
      open: (universe) => this.#open(universe),
      flush: () => this.#flush(),
      failed: (error) => this.#sender.failed(error),
    });
  }

  async start(): Promise<void> {
    const interfaceAddress = addressOfInterface(this.#config.interface);
    this.#broadcast = broadcastAddresses(interfaceAddress);
    const socket = this.#config.discovery ? await artnetPort.open() : await openUdpSocket({ broadcast: true });
    this.#close = () => (this.#config.discovery ? artnetPort.close() : closeUdpSocket(socket));
    if (!this.#config.discovery) socket.on("error", (error) => this.#sender.failed(error));
    this.#sender.use(socket);
    this.#hosts.start();
    if (this.#config.discovery) await this.#discover(interfaceAddress);
    this.#refresh = setInterval(() => {
      this.#broadcast = broadcastAddresses(interfaceAddress);
      this.#retarget();
    }, REFRESH_MS);
    this.#refresh.unref();
    this.#streams.start();
  }

  async stop(): Promise<void> {
    if (!this.#close) return;
    clearInterval(this.#refresh);
    this.#hosts.stop();
    await this.#streams.stop();
    await this.#sender.drained();
    this.#sender.use(undefined);
    await this.#discovery?.stop();
    this.#discovery = undefined;
    await this.#close();
    this.#close = undefined;
    this.#retarget();
  }

  beat(cue: BeatCue): void {
    this.#context.dmx.beat(cue);
    this.#streams.beat();
  }

  frame(pose: BeatPose): void {
    this.#streams.frame(pose);
    if (this.#config.timecode !== "off" && this.#mode !== "released") this.#timeCode(pose);
  }

  mode(mode: OutputMode): void {
    this.#mode = mode;
    this.#streams.mode(mode);
  }

  health(): OutputHealth {
    const { sent, errors, lastError } = this.#sender;
    const nodes = this.#discovery?.nodes() ?? [];
    const known = new Set(nodes.map(({ from, shortName }) => `${shortName || "node"} at ${from}`));
    const peer = [...known].join(", ");
    const problem = this.#problem();
    // Hosts and broadcasts reach receivers that need not answer polls.
    const unanswered = this.#config.hosts.length > 0 || this.#config.broadcast || !this.#config.discovery;
    const answered = this.#universes().some((universe) => (this.#discovery?.subscribers(universe).length ?? 0) > 0);
    const receiving = answered ? "receiving" : unanswered ? "unknown" : "not-receiving";
    return { receiving, peer, sent, errors, lastError: problem || lastError };
  }

  async #discover(interfaceAddress: string | undefined): Promise<void> {
    this.#discovery = new ArtnetDiscovery({
      port: artnetPort,
      now: this.#context.now,
      interfaceAddress,
      hosts: () => this.#hosts.addresses(),
      changed: () => this.#retarget(),
    });
    await this.#discovery.start();
  }

  #universes(): readonly number[] {
    return this.#config.universes ?? this.#context.dmx.universes;
  }

  #open(universe: number): ArtnetStream {
    this.#allTargets = undefined;
    return new ArtnetStream({
      universe,
      release: this.#config.release,
      transmit: (packet) => {
        for (const target of this.#targetsOf(universe)) this.#sender.send(packet, ARTNET_PORT, target);
      },
    });
  }

  /** Worked out anew only when nodes or hosts changed. */
  #targetsOf(universe: number): readonly string[] {
    const known = this.#targets.get(universe);
    if (known) return known;
    const subscribers = this.#discovery?.subscribers(universe) ?? [];
    const targets = this.#config.broadcast
      ? this.#broadcast
      : [...new Set([...subscribers, ...this.#hosts.addresses()])];
    this.#targets.set(universe, targets);
    return targets;
  }

  #everyTarget(): readonly string[] {
    this.#allTargets ??= [...new Set(this.#universes().flatMap((universe) => this.#targetsOf(universe)))];
    return this.#allTargets;
  }

  #retarget(): void {
    this.#targets.clear();
    this.#allTargets = undefined;
  }

  #flush(): void {
    if (this.#config.sync === "off") return;
    const targets = this.#config.sync === "broadcast" ? this.#broadcast : this.#everyTarget();
    for (const target of targets) this.#sender.send(this.#sync, ARTNET_PORT, target);
  }

  /** Each frame of the time code once. */
  #timeCode(pose: BeatPose): void {
    const seconds = this.#config.timecode === "music" ? this.#musicTime.advance(pose) : secondsOfDay();
    const packet = encodeTimeCode(timeCodeOf(seconds, this.#config.timecodeRate));
    const text = packet.toString("hex", 14);
    if (text === this.#lastTimeCode) return;
    this.#lastTimeCode = text;
    for (const target of this.#everyTarget()) this.#sender.send(packet, ARTNET_PORT, target);
  }

  #problem(): string {
    const unknown = this.#hosts.unknown();
    if (unknown.length > 0) return `No address for ${unknown.join(", ")}: check the name or give a number`;
    const lonely = this.#universes().filter((universe) => this.#targetsOf(universe).length === 0);
    const [first] = lonely;
    if (first === undefined || !this.#close) return "";
    const where = `universe ${first} (${describeUniverse(first)})`;
    return `No node shows ${where}: set a port of a node to it, or list hosts`;
  }
}

/** Local time. */
function secondsOfDay(): number {
  const date = new Date(systemClock.epochUs() / 1000);
  const sinceHour = date.getMinutes() * 60 + date.getSeconds() + date.getMilliseconds() / 1000;
  return date.getHours() * 3600 + sinceHour;
}
