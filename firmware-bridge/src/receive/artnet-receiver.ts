/** Art-Net that others send into universes for the merge; answers polls, so that desks know to send here. */
import type { ArtnetPort } from "../outputs/artnet/artnet-port.js";
import type { DmxReceiver, IncomingUniverse } from "./incoming-universe.js";
import { SourceTable } from "./source-table.js";

/** Art-Net sources repeat unchanged values every 4 s only, and a merging node gives one up after 10 s. */
const LOSS_S = 10;
/** Art-Net knows no priorities: sACN's usual one. */
const PRIORITY = 100;
/** How far behind a packet may be and still be a late one, not one of a sender that began anew. */
const LATE = 20;

export interface ArtnetReceiverOptions {
  port: ArtnetPort;
  /** Universes to announce and keep, 1..32768. */
  universes: readonly number[];
  /** Monotonic seconds. */
  now(): number;
}

/** A source is an address: two senders on one machine and universe are taken for one, as the standard says. */
export class ArtnetReceiver implements DmxReceiver {
  readonly #options: ArtnetReceiverOptions;
  readonly #table: SourceTable;
  #undo: (() => void)[] = [];

  constructor(options: ArtnetReceiverOptions) {
    this.#options = options;
    this.#table = new SourceTable({ ...options, lossS: LOSS_S, inOrder: inArtnetOrder });
  }

  async start(): Promise<void> {
    const { port, universes } = this.#options;
    await port.open();
    const deaf = port.listen((packet, from) => {
      if (packet.kind === "dmx") this.#table.arrived({ ...packet, source: `artnet ${from}`, priority: PRIORITY });
    });
    this.#undo = [deaf, port.announce(universes)];
  }

  async stop(): Promise<void> {
    if (this.#undo.length === 0) return;
    for (const undo of this.#undo) undo();
    this.#undo = [];
    await this.#options.port.close();
  }

  universe(n: number): readonly IncomingUniverse[] {
    return this.#table.universe(n);
  }
}

/** 0 = not counted; 1..255 otherwise. The standard gives no window: a little behind is late, far behind began anew. */
export function inArtnetOrder(next: number, last: number): boolean {
  if (next === 0 || last === 0) return true;
  const behind = (last - next + 255) % 255;
  return behind >= LATE;
}
