/** One universe as ArtDmx packets: values go straight into the packet that is sent again and again. */
import type { DmxSource } from "../output.js";
import type { Stream } from "../streaming/paced-streams.js";
import { AT, encodeDmx } from "./artnet-packet.js";

export interface ArtnetStreamOptions {
  universe: number;
  /** What a receiver is left with at the end: zeros, or the last look. */
  release: "dark" | "hold";
  /** Sends one packet to wherever this universe goes. */
  transmit(packet: Uint8Array): void;
}

export class ArtnetStream implements Stream {
  readonly #options: ArtnetStreamOptions;
  readonly #packet: Buffer;
  readonly #channels: Buffer;

  constructor(options: ArtnetStreamOptions) {
    this.#options = options;
    const { universe } = options;
    this.#packet = encodeDmx({ sequence: 0, physical: 0, universe, channels: new Uint8Array(512) });
    this.#channels = this.#packet.subarray(AT.channels);
  }

  take(dmx: DmxSource): boolean {
    const channels = dmx.channels(this.#options.universe);
    if (this.#channels.equals(channels)) return false;
    this.#channels.set(channels);
    return true;
  }

  clear(): void {
    this.#channels.fill(0);
  }

  /** 1, 2 … 255, 1: zero would say that the packets are not counted. */
  send(): void {
    const last = this.#packet.readUInt8(AT.sequence);
    this.#packet[AT.sequence] = last === 255 ? 1 : last + 1;
    this.#options.transmit(this.#packet);
  }

  /** Art-Net cannot say that a stream ends. Zeros at least let a desk win at once on a node that merges by highest value. */
  end(): void {
    if (this.#options.release === "hold") return;
    this.clear();
    this.send();
  }
}
