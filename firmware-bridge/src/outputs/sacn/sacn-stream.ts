/** One universe as sACN data packets: values go straight into the packet that is sent again and again. */
import type { DmxSource } from "../output.js";
import type { Stream } from "../streaming/paced-streams.js";
import { AT, encodeData, OPTION, type SacnData } from "./sacn-packet.js";
import type { SacnSequence } from "./sacn-sequence.js";

export interface SacnStreamOptions {
  /** The universe of the source whose values are sent; `universe` is its number on the wire. */
  from: number;
  header: Pick<SacnData, "cid" | "sourceName" | "priority" | "syncAddress" | "preview" | "forceSync" | "universe">;
  sequence: SacnSequence;
  /** Sends one packet to wherever this universe goes. */
  transmit(packet: Uint8Array): void;
}

export class SacnStream implements Stream {
  readonly #options: SacnStreamOptions;
  readonly #packet: Buffer;
  readonly #channels: Buffer;

  constructor(options: SacnStreamOptions) {
    this.#options = options;
    const channels = new Uint8Array(512);
    this.#packet = encodeData({ ...options.header, sequence: 0, terminated: false, startCode: 0, channels });
    this.#channels = this.#packet.subarray(AT.channels);
  }

  take(dmx: DmxSource): boolean {
    const channels = dmx.channels(this.#options.from);
    if (this.#channels.equals(channels)) return false;
    this.#channels.set(channels);
    return true;
  }

  clear(): void {
    this.#channels.fill(0);
  }

  send(): void {
    this.#transmit();
    if (this.#options.sequence.mustRepeatFirst()) this.#transmit();
  }

  /** One of the three packets that end a stream [E1.31 6.2.6]. */
  end(): void {
    const options = this.#packet.readUInt8(AT.options);
    const syncAddress = this.#packet.readUInt16BE(AT.syncAddress);
    this.#packet[AT.options] = options | OPTION.terminated;
    this.#packet.writeUInt16BE(0, AT.syncAddress); // nobody waits for a sync that does not come
    this.#transmit();
    this.#packet[AT.options] = options;
    this.#packet.writeUInt16BE(syncAddress, AT.syncAddress);
  }

  #transmit(): void {
    this.#packet[AT.sequence] = this.#options.sequence.next();
    this.#options.transmit(this.#packet);
  }
}
