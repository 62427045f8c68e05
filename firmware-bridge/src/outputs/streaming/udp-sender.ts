/** Packets into a socket, with the counts and the last failure that an output's health shows. */
import type { Socket } from "node:dgram";
import { setTimeout } from "node:timers/promises";

/** Longest wait for packets that the kernel has not taken yet, steps of 5 ms. */
const DRAIN_STEPS = 40;

/** Never throws, never waits. One callback serves all packets: nothing of ours is allocated per packet. */
export class UdpSender {
  sent = 0;
  errors = 0;
  lastError = "";
  #socket: Socket | undefined;
  #pending = 0;
  readonly #done = (error: Error | null) => {
    this.#pending--;
    if (error) this.failed(error);
    else this.sent++;
  };

  /** undefined: what is sent from now on is dropped. */
  use(socket: Socket | undefined): void {
    this.#socket = socket;
  }

  /**
   * `address` must be numeric. The bytes may change as soon as this returns: should the kernel's buffer be full, which loses
   * packets on a lighting network anyway, the newer bytes leave.
   */
  send(packet: Uint8Array, port: number, address: string): void {
    if (!this.#socket) return;
    try {
      this.#socket.send(packet, 0, packet.length, port, address, this.#done);
      this.#pending++;
    } catch (error) {
      this.failed(error as Error);
    }
  }

  /** When everything has left, or after 0.2 s: a socket that is closed earlier drops what waits. */
  async drained(): Promise<void> {
    for (let step = 0; step < DRAIN_STEPS && this.#pending > 0; step++) await setTimeout(5);
  }

  failed(error: Error): void {
    this.errors++;
    const { code, address } = error as NodeJS.ErrnoException & { address?: string };
    const remedy = REMEDIES[code ?? ""];
    this.lastError = remedy ? `${address ?? "Network"}: ${code}, ${remedy}` : error.message;
  }
}

const REMEDIES: Record<string, string> = {
  ENETUNREACH: "no route: set the address of an interface, or check that the network is up",
  EHOSTUNREACH: "nobody answers at that address: check cable and address",
  ECONNREFUSED: "the machine is there but nothing listens: start the receiver or check the port",
  ENETDOWN: "the interface is down",
  EACCES: "a broadcast address: set broadcast",
};
