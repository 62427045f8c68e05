/** A connection into the same connection, cut off before a packet above the limit is buffered. */
import { Duplex } from "node:stream";
import { InputError } from "@tactus/shared";
import type { HeldAcks, Holder } from "./held-acks.js";

export interface PacketLimitOptions {
  socket: Duplex;
  maxBytes: number;
  /** Where acknowledgements of publications wait for something to go along with; absent = they go at once. */
  held?: HeldAcks;
}

/** Type byte and length of a PUBACK, the whole of which is four bytes [MQTT-3.4]. */
const PUBACK = 0x40;
const PUBACK_BYTES = 4;

/**
 * Reads only the fixed headers [MQTT-2.2.3]: one type byte, one to four length bytes; the rest is counted through. What is
 * written to it in one go leaves in one piece.
 */
export class PacketLimit extends Duplex implements Holder {
  readonly #socket: Duplex;
  readonly #held: HeldAcks | undefined;
  #acks: Buffer[] = [];
  readonly #maxBytes: number;
  /** Bytes of the present packet still to come; 0 = a header is next. */
  #remaining = 0;
  #headerBytes = 0;
  #length = 0;

  /** The stream is destroyed with an InputError for a packet above the limit, and the socket with it. */
  constructor({ socket, maxBytes, held }: PacketLimitOptions) {
    super();
    this.#held = held;
    this.#socket = socket;
    this.#maxBytes = maxBytes;
    socket.on("data", (chunk: Buffer) => this.#take(chunk));
    socket.on("end", () => this.push(null));
    socket.on("error", (error) => this.destroy(error));
    socket.on("close", () => this.destroy());
  }

  override _read(): void {
    this.#socket.resume();
  }

  /** What waits goes now. */
  flush(): void {
    if (this.#acks.length === 0 || this.#socket.destroyed || this.#socket.writableEnded) return;
    this.#socket.write(this.#takeAcks());
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    this.#send(chunk, done);
  }

  override _writev(chunks: { chunk: Buffer }[], done: (error?: Error | null) => void): void {
    this.#send(Buffer.concat(chunks.map(({ chunk }) => chunk)), done);
  }

  override _final(done: (error?: Error | null) => void): void {
    this.flush();
    this.#socket.end(done);
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.#socket.destroy();
    done(error);
  }

  #send(bytes: Buffer, done: (error?: Error | null) => void): void {
    if (this.#held && bytes.length === PUBACK_BYTES && bytes[0] === PUBACK) {
      this.#acks.push(bytes);
      this.#held.hold(this);
      done();
    } else if (this.#acks.length > 0) {
      this.#socket.write(Buffer.concat([this.#takeAcks(), bytes]), done);
    } else {
      this.#socket.write(bytes, done);
    }
  }

  #takeAcks(): Buffer {
    const acks = Buffer.concat(this.#acks);
    this.#acks = [];
    return acks;
  }

  #take(chunk: Buffer): void {
    const problem = this.#scan(chunk);
    if (problem) this.destroy(new InputError(problem));
    else if (!this.push(chunk)) this.#socket.pause();
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
