/** Rendered universes into sACN streams: multicast or unicast, with priority, sync, discovery and a clean end. */
import { join } from "node:path";
import { addressOfInterface, sendingAddress } from "../../local-interface.js";
import { closeUdpSocket, openUdpSocket } from "../../udp-socket.js";
import type { BeatCue, BeatPose, Output, OutputContext, OutputHealth, OutputMode } from "../output.js";
import { HostAddresses } from "../streaming/host-addresses.js";
import { PacedStreams } from "../streaming/paced-streams.js";
import { UdpSender } from "../streaming/udp-sender.js";
import type { SacnConfig } from "./sacn-config.js";
import { loadIdentity, type SacnIdentity, saveIdentity } from "./sacn-identity.js";
import {
  DISCOVERY_UNIVERSE,
  encodeDiscovery,
  encodeSync,
  multicastAddress,
  SACN_PORT,
  SYNC_SEQUENCE_AT,
  UNIVERSES_PER_PAGE,
} from "./sacn-packet.js";
import { SacnSequence } from "./sacn-sequence.js";
import { SacnStream } from "./sacn-stream.js";

/** Unchanged values are repeated every 0.8 to 1 s [E1.31 6.6.2]. */
const KEEP_ALIVE_S = 0.8;
/** A change is sent three times before only the keep-alive repeats it, and so is the end [E1.31 6.6.2, 6.2.6]. */
const REPEATS = 3;
/** [E1.31 4.3, Table A-1] */
const DISCOVERY_MS = 10_000;
/** Under which the sync packets' sequence is kept. */
const SYNC_KEY = 0;

/** Component identifiers of the sACN outputs of this process: what a receiver beside them must not take for a desk. */
export const ownCids = new Set<string>();

export class SacnOutput implements Output {
  readonly frameRateHz: number;
  readonly leadS = 0;
  readonly #config: SacnConfig;
  readonly #context: OutputContext;
  readonly #sender = new UdpSender();
  readonly #hosts: HostAddresses;
  readonly #streams: PacedStreams;
  readonly #sequences = new Map<number, SacnSequence>();
  #targets: readonly string[] = [];
  #identity: SacnIdentity = { cid: "", sequences: new Map() };
  #syncPacket: Uint8Array = new Uint8Array();
  #close: (() => Promise<void>) | undefined;
  #discovery: NodeJS.Timeout | undefined;

  constructor(config: SacnConfig, context: OutputContext) {
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
      universes: () => config.universes ?? context.dmx.universes,
      open: (universe) => this.#open(universe),
      flush: () => this.#sync(),
      failed: (error) => this.#sender.failed(error),
    });
  }

  async start(): Promise<void> {
    const interfaceAddress = sendingAddress(addressOfInterface(this.#config.interface));
    const socket = await openUdpSocket({ interfaceAddress, multicastTtl: this.#config.ttl });
    socket.on("error", (error) => this.#sender.failed(error));
    this.#close = () => closeUdpSocket(socket);
    await this.#remember();
    this.#sender.use(socket);
    this.#hosts.start();
    this.#retarget();
    this.#streams.start();
    this.#discovery = setInterval(() => this.#announce(), DISCOVERY_MS);
    this.#discovery.unref();
  }

  async stop(): Promise<void> {
    if (!this.#close) return;
    clearInterval(this.#discovery);
    this.#hosts.stop();
    await this.#streams.stop();
    await this.#sender.drained();
    this.#sender.use(undefined);
    await this.#close();
    this.#close = undefined;
    ownCids.delete(this.#identity.cid);
    const sequences = new Map([...this.#sequences].map(([key, { last }]) => [key, last]));
    await this.#save(sequences);
  }

  beat(cue: BeatCue): void {
    this.#context.dmx.beat(cue);
    this.#streams.beat();
  }

  frame(pose: BeatPose): void {
    this.#streams.frame(pose);
  }

  mode(mode: OutputMode): void {
    this.#streams.mode(mode);
  }

  /** E1.31 has no way back: whether somebody listens is never known. */
  health(): OutputHealth {
    const { sent, errors, lastError } = this.#sender;
    const unknown = this.#hosts.unknown();
    const peer = this.#config.hosts.length > 0 ? this.#targets.join(", ") : "multicast";
    const unresolved =
      unknown.length > 0 ? `No address for ${unknown.join(", ")}: check the name or give a number` : "";
    return { receiving: "unknown", peer, sent, errors, lastError: unresolved || lastError };
  }

  get #path(): string {
    return join(this.#context.stateDir, `sacn-${encodeURIComponent(this.#context.name)}.json`);
  }

  /** A folder that cannot be written costs the memory of a restart, not the show. */
  async #remember(): Promise<void> {
    if (!this.#identity.cid) this.#identity = await loadIdentity(this.#path);
    const { cid } = this.#identity;
    ownCids.add(cid);
    this.#syncPacket = encodeSync({ cid, sequence: 0, syncAddress: this.#config.syncUniverse });
    await this.#save(undefined);
  }

  async #save(sequences: ReadonlyMap<number, number> | undefined): Promise<void> {
    try {
      await saveIdentity(this.#path, { cid: this.#identity.cid, sequences });
    } catch (error) {
      this.#context.log.warn(`sACN identity not kept: ${(error as Error).message}; make ${this.#path} writable`);
    }
  }

  #retarget(): void {
    this.#targets = this.#hosts.addresses();
  }

  #open(universe: number): SacnStream {
    const { sourceName, priority, preview, syncUniverse } = this.#config;
    const { cid } = this.#identity;
    // Receivers that lose the sync go on without it rather than freeze [E1.31 6.2.6, Force_Synchronization].
    const forceSync = syncUniverse > 0;
    const group = multicastAddress(universe);
    return new SacnStream({
      from: universe,
      header: { cid, sourceName, priority, preview, syncAddress: syncUniverse, forceSync, universe },
      sequence: this.#sequenceOf(universe),
      transmit: (packet) => this.#transmit(packet, group),
    });
  }

  #sequenceOf(key: number): SacnSequence {
    const known = this.#sequences.get(key);
    if (known) return known;
    const sequence = new SacnSequence({ last: this.#identity.sequences.get(key) });
    this.#sequences.set(key, sequence);
    return sequence;
  }

  #transmit(packet: Uint8Array, group: string): void {
    if (this.#config.hosts.length === 0) this.#sender.send(packet, SACN_PORT, group);
    else for (const target of this.#targets) this.#sender.send(packet, SACN_PORT, target);
  }

  /** After the last universe of a frame [E1.31 11.1]. */
  #sync(): void {
    const { syncUniverse } = this.#config;
    if (syncUniverse === 0) return;
    const sequence = this.#sequenceOf(SYNC_KEY);
    do {
      this.#syncPacket[SYNC_SEQUENCE_AT] = sequence.next();
      this.#transmit(this.#syncPacket, multicastAddress(syncUniverse));
    } while (sequence.mustRepeatFirst());
  }

  #announce(): void {
    const universes = this.#streams.live().sort((a, b) => a - b);
    if (!this.#config.discovery || universes.length === 0) return;
    const lastPage = Math.ceil(universes.length / UNIVERSES_PER_PAGE) - 1;
    for (let page = 0; page <= lastPage; page++) {
      const listed = universes.slice(page * UNIVERSES_PER_PAGE, (page + 1) * UNIVERSES_PER_PAGE);
      const { sourceName } = this.#config;
      const packet = encodeDiscovery({ cid: this.#identity.cid, sourceName, page, lastPage, universes: listed });
      this.#transmit(packet, multicastAddress(DISCOVERY_UNIVERSE));
    }
  }
}
