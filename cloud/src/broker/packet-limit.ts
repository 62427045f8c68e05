/** A byte stream into the same byte stream, cut off before a packet above the limit is buffered. */
import { Transform, type TransformCallback } from "node:stream";
import { InputError } from "@tactus/shared";

/** Reads only the fixed headers [MQTT-2.2.3]: one type byte, one to four length bytes; the rest is counted through. */
export class PacketLimit extends Transform {
  readonly #maxBytes: number;
  /** Bytes of the present packet still to come; 0 = a header is next. */
  #remaining = 0;
  #headerBytes = 0;
  #length = 0;

  constructor(options: { maxBytes: number }) {
    super();
    this.#maxBytes = options.maxBytes;
  }

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    const problem = this.#scan(chunk);
    if (problem) done(new InputError(problem));
    else done(null, chunk);
  }

  #scan(chunk: Buffer): string | undefined {
    let problem: string | undefined;
    for (let at = 0; at < chunk.length && !problem; ) {
      if (this.#remaining > 0) {
        const step = Math.min(this.#remaining, chunk.length - at);
        this.#remaining -= step;
        at += step;
      } else {
        problem = this.#readHeaderByte(chunk[at++] ?? 0);
      }
    }
    return problem;
  }

  #readHeaderByte(byte: number): string | undefined {
    if (this.#headerBytes++ === 0) return undefined; // the packet's type
    this.#length += (byte & 0x7f) * 128 ** (this.#headerBytes - 2);
    if (this.#length > this.#maxBytes) return `MQTT packet of ${this.#length} bytes or more, at most ${this.#maxBytes}`;
    if (byte & 0x80) return this.#headerBytes > 4 ? "MQTT length field is longer than four bytes" : undefined;
    this.#remaining = this.#length;
    this.#headerBytes = 0;
    this.#length = 0;
    return undefined;
  }
}
