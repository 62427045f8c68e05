/** Beats and poses into WLED audio sync packets, some fifty a second, so that sound-reactive effects move without a microphone. */
import type { Socket } from "node:dgram";
import { addressOfInterface } from "../../local-interface.js";
import { closeUdpSocket, openUdpSocket } from "../../udp-socket.js";
import type { BeatCue, BeatPose, Output, OutputContext, OutputHealth, OutputMode } from "../output.js";
import { HostAddresses } from "../streaming/host-addresses.js";
import { UdpSender } from "../streaming/udp-sender.js";
import { isDark, type Levels, levelsOf, SILENCE } from "./levels.js";
import type { WledConfig } from "./wled-config.js";
import { encodeAudioSync } from "./wled-packet.js";
import { WledPresence } from "./wled-presence.js";

const GROUP = "239.0.0.1";

/**
 * Following, free-running: levels that hit on the beat, a peak per beat. Fading: the same, smaller. Holding: steady levels without
 * peaks. Idle, blackout: zeros go on, so that no microphone of the receiver takes over. Released: zeros once, then nothing: after
 * 2.5 s a receiver goes back to its own sound.
 */
export class WledOutput implements Output {
  readonly frameRateHz: number;
  readonly leadS = 0;
  readonly #config: WledConfig;
  readonly #log: OutputContext["log"];
  readonly #addresses: HostAddresses;
  readonly #presence: WledPresence;
  readonly #sender = new UdpSender();
  #socket: Socket | undefined;
  #levels: Levels = SILENCE;
  #mode: OutputMode = "following";
  #counter = 0;

  constructor(config: WledConfig, context: Pick<OutputContext, "log">) {
    this.#config = config;
    this.#log = context.log;
    this.frameRateHz = config.rateHz;
    this.#addresses = new HostAddresses({ hosts: config.hosts, changed: () => {} });
    this.#presence = new WledPresence({ hosts: config.watch ?? config.hosts, everyS: config.watchEveryS });
  }

  async start(): Promise<void> {
    this.#mode = "following";
    const interfaceAddress = addressOfInterface(this.#config.interface);
    const socket = await openUdpSocket({ interfaceAddress });
    socket.on("error", (error) => this.#sender.failed(error));
    this.#socket = socket;
    this.#sender.use(socket);
    this.#addresses.start();
    this.#presence.start();
    for (const host of this.#addresses.unknown()) this.#log.info(`WLED ${host}: looking up its address`);
  }

  async stop(): Promise<void> {
    if (this.#mode !== "released") this.#send(SILENCE, false);
    this.#presence.stop();
    this.#addresses.stop();
    await this.#sender.drained();
    this.#sender.use(undefined);
    if (this.#socket) await closeUdpSocket(this.#socket);
    this.#socket = undefined;
  }

  beat(cue: BeatCue): void {
    if (isDark(this.#mode)) return;
    const pose = { beatPhase: 0, energy: cue.energy, mode: this.#mode, level: 1 };
    this.#levels = levelsOf(pose, this.#config.gain);
    this.#send(this.#levels, true);
  }

  frame(pose: BeatPose): void {
    if (this.#mode === "released") return;
    this.#levels = levelsOf(pose, this.#config.gain);
    this.#send(this.#levels, false);
  }

  mode(mode: OutputMode): void {
    if (mode === "released" && this.#mode !== "released") this.#send(SILENCE, false);
    this.#mode = mode;
  }

  health(): OutputHealth {
    const { receiving, peer, lastError } = this.#presence.health();
    const { sent, errors } = this.#sender;
    const unknown = this.#addresses.unknown();
    const nameless = unknown.length > 0 ? `No address for ${unknown.join(", ")}: give IPv4 addresses` : "";
    return { receiving, peer, sent, errors, lastError: nameless || lastError || this.#sender.lastError };
  }

  #send(levels: Levels, peak: boolean): void {
    this.#counter = (this.#counter % 255) + 1;
    const packet = encodeAudioSync({ ...levels, peak, frameCounter: this.#counter });
    const { hosts, port } = this.#config;
    const addresses = hosts.length > 0 ? this.#addresses.addresses() : [GROUP];
    for (const address of addresses) this.#sender.send(packet, port, address);
  }
}
