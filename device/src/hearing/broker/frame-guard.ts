/** Raw bytes of one MQTT connection into a verdict: refuses a packet that is too long before it is buffered. */
import type { Duplex } from "node:stream";
import { MAX_MESSAGE_BYTES } from "@tactus/shared";

/** [MQTT-2.2.3] the remaining length has at most four bytes of seven bits. */
const MAX_LENGTH_BYTES = 4;

/** Follows the fixed headers only. Pure; O(packets), not O(bytes). */
export class FrameGuard {
  #bodyLeft = 0;
  #length = 0;
  #lengthBytes = -1;

  /** False as soon as a header announces a packet above the limit, or is no MQTT header at all. */
  accepts(chunk: Uint8Array): boolean {
    let at = 0;
    while (at < chunk.length) {
      if (this.#bodyLeft > 0) {
        const taken = Math.min(this.#bodyLeft, chunk.length - at);
        this.#bodyLeft -= taken;
        at += taken;
      } else if (!this.#header(chunk[at++] as number)) return false;
    }
    return true;
  }

  #header(byte: number): boolean {
    if (this.#lengthBytes < 0) {
      this.#lengthBytes = 0;
      this.#length = 0;
      return true;
    }
    this.#length += (byte & 0x7f) << (7 * this.#lengthBytes++);
    if (this.#length > MAX_MESSAGE_BYTES) return false;
    if (byte & 0x80) return this.#lengthBytes < MAX_LENGTH_BYTES;
    this.#bodyLeft = this.#length;
    this.#lengthBytes = -1;
    return true;
  }
}

/** aedes pulls with read(): look at the bytes there, and cut the connection when they are refused. */
export function guardReads<T extends Duplex>(connection: T): T {
  const guard = new FrameGuard();
  const read = connection.read.bind(connection);
  connection.read = (size?: number) => {
    const chunk: unknown = read(size);
    if (!(chunk instanceof Uint8Array) || guard.accepts(chunk)) return chunk;
    connection.destroy(new Error("Packet above the limit"));
    return null;
  };
  return connection;
}
