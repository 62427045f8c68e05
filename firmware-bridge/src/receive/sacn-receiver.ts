/** sACN that others send into universes for the merge: sequence, priority, loss and end of stream by E1.31. */
import type { Socket } from "node:dgram";
import { listeningAddresses } from "../local-interface.js";
import { decodeSacn, multicastAddress, SACN_PORT } from "../outputs/sacn/sacn-packet.js";
import { closeUdpSocket, joinGroups, openUdpSocket } from "../udp-socket.js";
import type { DmxReceiver, IncomingUniverse } from "./incoming-universe.js";
import { SourceTable } from "./source-table.js";

/** Network data loss [E1.31 6.7.1]. */
const LOSS_S = 2.5;
export interface SacnReceiverOptions {
  /** Universes to join and keep, 1..63999. */
  universes: readonly number[];
  /** Monotonic seconds. */
  now(): number;
  /** IPv4 address of the interface to join on; every one but the loopback by default. */
  interfaceAddress?: string | undefined;
  /** Component identifiers (32 hexadecimal digits) of our own outputs, whose packets come back by multicast. */
  ownCids: ReadonlySet<string>;
}

/** Preview data, other start codes and sync are not for a merge: values count when they come. */
export class SacnReceiver implements DmxReceiver {
  readonly #options: SacnReceiverOptions;
  readonly #table: SourceTable;
  #sockets: Socket[] = [];

  constructor(options: SacnReceiverOptions) {
    this.#options = options;
    this.#table = new SourceTable({ ...options, lossS: LOSS_S, inOrder: inSacnOrder });
  }

  async start(): Promise<void> {
    const socket = await openUdpSocket({ port: SACN_PORT, shared: true });
    socket.on("error", () => {}); // of one packet: the next one is read all the same
    socket.on("message", (bytes) => this.#receive(bytes));
    this.#sockets = [socket];
    try {
      const groups = [...new Set(this.#options.universes)].map(multicastAddress);
      const interfaceAddresses = listeningAddresses(this.#options.interfaceAddress);
      this.#sockets.push(...(await joinGroups(socket, { groups, interfaceAddresses })));
    } catch (error) {
      await this.stop();
      throw error;
    }
  }

  async stop(): Promise<void> {
    await Promise.all(this.#sockets.map(closeUdpSocket));
    this.#sockets = [];
  }

  universe(n: number): readonly IncomingUniverse[] {
    return this.#table.universe(n);
  }

  #receive(bytes: Uint8Array): void {
    const packet = decodeSacn(bytes);
    if (packet?.kind !== "data" || packet.preview || packet.startCode !== 0) return;
    if (this.#options.ownCids.has(packet.cid)) return;
    const source = `sacn ${packet.cid}`;
    // The values of a packet that ends a stream are not to be used [E1.31 6.2.6].
    if (packet.terminated) this.#table.ended(packet.universe, source);
    else this.#table.arrived({ ...packet, source });
  }
}

/** Out of order when (int8)(next - last) lies in (-20, 0] [E1.31 6.7.2]. */
export function inSacnOrder(next: number, last: number): boolean {
  const difference = ((next - last) << 24) >> 24;
  return difference > 0 || difference <= -20;
}
