/** OSC packets into datagrams; the socket is connected, so that a host without a listener is heard of. */
import type { Socket } from "node:dgram";
import { setTimeout } from "node:timers/promises";
import { closeUdpSocket, openUdpSocket } from "../../udp-socket.js";
import { HostAddresses } from "../streaming/host-addresses.js";
import type { OscTarget, OscTargetOptions } from "./osc-target.js";

/** Longest wait at the stop for packets that the kernel has not taken yet, steps of 5 ms. */
const DRAIN_STEPS = 40;

/** So many packets without a new refusal mean that somebody listens now. */
const ACCEPTED_PACKETS = 4;

export class UdpTarget implements OscTarget {
  readonly #options: OscTargetOptions;
  readonly #addresses: HostAddresses;
  #socket: Socket | undefined;
  #connected = false;
  #pending = 0;
  #sent = 0;
  #errors = 0;
  #lastError = "";
  /** Packets that left since the host said that nobody listens on the port. */
  #sinceRefusal = Number.POSITIVE_INFINITY;

  constructor(options: OscTargetOptions) {
    this.#options = options;
    this.#addresses = new HostAddresses({ hosts: [options.host], changed: () => void this.#connect() });
  }

  get label(): string {
    return `${this.#options.host}:${this.#options.port} udp`;
  }

  async start(): Promise<void> {
    const socket = await openUdpSocket({ broadcast: true });
    this.#socket = socket;
    socket.on("message", (packet) => {
      this.#sinceRefusal = Number.POSITIVE_INFINITY;
      this.#options.onPacket(packet);
    });
    socket.on("error", (error) => this.#failed(error));
    this.#addresses.start();
    await this.#connect();
  }

  async stop(): Promise<void> {
    this.#addresses.stop();
    for (let step = 0; step < DRAIN_STEPS && this.#pending > 0; step++) await setTimeout(5);
    const socket = this.#socket;
    this.#socket = undefined;
    this.#connected = false;
    if (socket) await closeUdpSocket(socket);
  }

  send(packet: Uint8Array): void {
    if (!this.#socket || !this.#connected) {
      this.#errors++;
      if (this.#addresses.unknown().length > 0)
        this.#lastError = `Host ${this.#options.host} has no address: give its IPv4 address`;
      return;
    }
    this.#pending++;
    this.#socket.send(packet, (error) => {
      this.#pending--;
      if (error) return this.#failed(error);
      this.#sent++;
      this.#sinceRefusal++;
    });
  }

  health(): ReturnType<OscTarget["health"]> {
    const receiving = this.#sinceRefusal < ACCEPTED_PACKETS ? "not-receiving" : "unknown";
    return { receiving, sent: this.#sent, errors: this.#errors, lastError: this.#lastError };
  }

  /** Resolves when packets can leave, or at once while the name has no address. */
  async #connect(): Promise<void> {
    const [address] = this.#addresses.addresses();
    const socket = this.#socket;
    if (!socket || !address) return;
    if (this.#connected) socket.disconnect();
    this.#connected = false;
    await new Promise<void>((resolve) => {
      socket.connect(this.#options.port, address, (error?: Error | null) => {
        this.#connected = !error;
        if (error) this.#failed(error);
        else this.#options.onOpen();
        resolve();
      });
    });
  }

  /** An ICMP "port unreachable" to an earlier packet shows up at a later call. */
  #failed(error: Error): void {
    const isRefused = (error as NodeJS.ErrnoException).code === "ECONNREFUSED";
    if (isRefused) this.#sinceRefusal = 0;
    const reason = isRefused ? "nobody listens there: switch on OSC input in the receiver" : error.message;
    const text = `${this.label}: ${reason}`;
    this.#errors++;
    if (text !== this.#lastError) this.#options.log.warn(text);
    this.#lastError = text;
  }
}
