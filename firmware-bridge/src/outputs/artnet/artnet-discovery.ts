/** Polls and their replies into the nodes that are there now, and the universes each of them shows. */
import type { Socket } from "node:dgram";
import { broadcastAddresses } from "../../local-interface.js";
import { ARTNET_PORT, type ArtPollReply, encodePoll } from "./artnet-packet.js";
import type { ArtnetPort } from "./artnet-port.js";

/** Art-Net 4 wants a poll every 2.5 to 3 s. */
const POLL_MS = 2500;
/** A node that missed four polls is gone. */
const FORGET_S = 10;
/** Replies are kept for so many nodes: a stranger can invent more. */
const MAX_NODES = 1024;
/** Visualisers show every universe [Art-Net 4, Table 4: StVisual]. */
const STYLE_VISUALISER = 6;

/** One reply: a node with more than four ports sends several, told apart by `bindIndex`. */
export interface ArtnetNode extends Omit<ArtPollReply, "kind"> {
  /** Where the reply came from: where packets for it must go. */
  from: string;
  /** Monotonic seconds. */
  seenAt: number;
}

export interface ArtnetDiscoveryOptions {
  port: ArtnetPort;
  now(): number;
  /** Poll on this interface only; on all by default. */
  interfaceAddress?: string | undefined;
  /** Numeric addresses polled besides, beyond the reach of a broadcast. */
  hosts?(): readonly string[];
  /** Called when a node came, went or changed its universes. */
  changed?(): void;
}

export class ArtnetDiscovery {
  readonly #options: ArtnetDiscoveryOptions;
  readonly #nodes = new Map<string, ArtnetNode>();
  readonly #poll = encodePoll({ replyOnChange: true });
  #socket: Socket | undefined;
  #timer: NodeJS.Timeout | undefined;
  #forget: (() => void) | undefined;

  constructor(options: ArtnetDiscoveryOptions) {
    this.#options = options;
  }

  /** Rejects with UnavailableError when port 6454 cannot be had. */
  async start(): Promise<void> {
    this.#socket = await this.#options.port.open();
    this.#forget = this.#options.port.listen((packet, from) => {
      if (packet.kind === "poll-reply") this.#heard(packet, from);
    });
    this.#timer = setInterval(() => this.#turn(), POLL_MS);
    this.#timer.unref();
    this.#turn();
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    this.#forget?.();
    if (this.#socket) await this.#options.port.close();
    this.#socket = undefined;
    this.#nodes.clear();
  }

  /** Those that answered lately, in the order they were met. */
  nodes(): ArtnetNode[] {
    const now = this.#options.now();
    return [...this.#nodes.values()].filter(({ seenAt }) => now - seenAt < FORGET_S);
  }

  /** Addresses of the nodes that show a universe, each once. */
  subscribers(universe: number): string[] {
    const showing = this.nodes().filter(
      ({ outputs, style }) => outputs.includes(universe) || style === STYLE_VISUALISER,
    );
    return [...new Set(showing.map(({ from }) => from))];
  }

  #turn(): void {
    const now = this.#options.now();
    const gone = [...this.#nodes].filter(([, { seenAt }]) => now - seenAt >= FORGET_S);
    for (const [key] of gone) this.#nodes.delete(key);
    if (gone.length > 0) this.#options.changed?.();
    const targets = [...broadcastAddresses(this.#options.interfaceAddress), ...(this.#options.hosts?.() ?? [])];
    // A poll that does not leave shows as nodes that do not answer.
    for (const target of targets) this.#socket?.send(this.#poll, ARTNET_PORT, target, () => {});
  }

  #heard(reply: ArtPollReply, from: string): void {
    const key = `${from} ${reply.bindIndex}`;
    const known = this.#nodes.get(key);
    if (!known && this.#nodes.size >= MAX_NODES) return;
    this.#nodes.set(key, { ...reply, from, seenAt: this.#options.now() });
    const same = known?.outputs.join() === reply.outputs.join() && known.style === reply.style;
    if (!same) this.#options.changed?.();
  }
}
