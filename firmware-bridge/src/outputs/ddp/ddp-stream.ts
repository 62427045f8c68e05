/** A strip of pixels as DDP packets: values go straight into the packets that are sent again and again. */
import type { DmxSource } from "../output.js";
import type { Stream } from "../streaming/paced-streams.js";
import { AT, DESTINATION, encodeDdp, MAX_DATA_BYTES } from "./ddp-packet.js";
import type { PixelSpan } from "./pixel-layout.js";

export interface DdpStreamOptions {
  spans: readonly PixelSpan[];
  dataType: number;
  transmit(packet: Uint8Array): void;
}

export class DdpStream implements Stream {
  readonly #options: DdpStreamOptions;
  /** The whole strip; `#packets` hold its parts. */
  readonly #strip: Buffer;
  readonly #next: Buffer;
  readonly #packets: { bytes: Buffer; data: Buffer; at: number }[] = [];
  #sequence = 0;

  constructor(options: DdpStreamOptions) {
    this.#options = options;
    const last = options.spans.at(-1);
    const length = last ? last.at + last.length : 0;
    this.#strip = Buffer.alloc(length);
    this.#next = Buffer.alloc(length);
    for (let at = 0; at < length; at += MAX_DATA_BYTES) this.#packets.push(this.#packetAt(at, length));
  }

  take(dmx: DmxSource): boolean {
    for (const { universe, channel, at, length } of this.#options.spans)
      this.#next.set(dmx.channels(universe).subarray(channel, channel + length), at);
    if (this.#next.equals(this.#strip)) return false;
    this.#next.copy(this.#strip);
    return true;
  }

  clear(): void {
    this.#strip.fill(0);
  }

  /** 1, 2 … 15, 1 for each packet; the last one of a frame makes the display show it. */
  send(): void {
    for (const { bytes, data, at } of this.#packets) {
      this.#strip.copy(data, 0, at, at + data.length);
      this.#sequence = (this.#sequence % 15) + 1;
      bytes[AT.sequence] = this.#sequence;
      this.#options.transmit(bytes);
    }
  }

  /** A receiver goes back to its own effect when packets stop (WLED: after 2.5 s). */
  end(): void {}

  #packetAt(at: number, total: number): { bytes: Buffer; data: Buffer; at: number } {
    const length = Math.min(MAX_DATA_BYTES, total - at);
    const bytes = encodeDdp({
      push: at + length === total,
      query: false,
      reply: false,
      sequence: 0,
      dataType: this.#options.dataType,
      destination: DESTINATION.display,
      offset: at,
      data: new Uint8Array(length),
    });
    return { bytes, data: bytes.subarray(AT.data), at };
  }
}
