/** A TCP byte stream into OSC packets and back: each packet behind its length in four bytes, big endian [OSC 1.0]. */
import { MAX_OSC_BYTES } from "./osc-input.js";

const HEAD_BYTES = 4;

export function frameOsc(packet: Uint8Array): Uint8Array {
  const framed = new Uint8Array(HEAD_BYTES + packet.length);
  new DataView(framed.buffer).setUint32(0, packet.length);
  framed.set(packet, HEAD_BYTES);
  return framed;
}

/** Holds at most one packet. Runs in O(n) time. */
export class OscFramer {
  #held = new Uint8Array(0);

  /** The packets that `bytes` completes; undefined when a length is impossible: the stream is lost and must be reopened. */
  push(bytes: Uint8Array): Uint8Array[] | undefined {
    const stream = this.#held.length === 0 ? bytes : concatenated(this.#held, bytes);
    const view = new DataView(stream.buffer, stream.byteOffset, stream.byteLength);
    const packets: Uint8Array[] = [];
    let at = 0;
    while (stream.length - at >= HEAD_BYTES) {
      const length = view.getUint32(at);
      if (length === 0 || length > MAX_OSC_BYTES || length % 4 !== 0) {
        this.#held = new Uint8Array(0);
        return undefined;
      }
      if (stream.length - at - HEAD_BYTES < length) break;
      packets.push(stream.subarray(at + HEAD_BYTES, at + HEAD_BYTES + length));
      at += HEAD_BYTES + length;
    }
    this.#held = stream.slice(at);
    return packets;
  }
}

function concatenated(a: Uint8Array, b: Uint8Array): Uint8Array<ArrayBuffer> {
  const joined = new Uint8Array(a.length + b.length);
  joined.set(a);
  joined.set(b, a.length);
  return joined;
}
