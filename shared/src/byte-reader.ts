/** Bytes of a stranger into numbers and text, each within its bounds. Every method throws InputError, and only that. */
import { InputError } from "./errors.js";

export class ByteReader {
  readonly #bytes: Uint8Array;
  readonly #what: string;
  #at = 0;

  /** `what` names the message in every error. */
  constructor(bytes: Uint8Array, what: string) {
    this.#bytes = bytes;
    this.#what = what;
  }

  get isAtEnd(): boolean {
    return this.#at === this.#bytes.length;
  }

  byte(field: string): number {
    const value = this.#bytes[this.#at++];
    if (value === undefined) throw this.error(field, "ends too soon");
    return value;
  }

  /** LEB128, `min` ≤ value ≤ `max` (both at most 2^53 − 1). At most eight bytes are read. */
  unsigned(field: string, { min = 0, max = Number.MAX_SAFE_INTEGER } = {}): number {
    let value = 0;
    let scale = 1;
    for (let count = 0; count < 8; count++) {
      const next = this.byte(field);
      value += (next & 0x7f) * scale;
      if (next < 0x80) return this.within(field, value, { min, max });
      scale *= 0x80;
    }
    throw this.error(field, "is longer than 8 bytes");
  }

  /** The counterpart of ByteWriter.signed. */
  signed(field: string): number {
    const folded = this.unsigned(field);
    return folded % 2 === 0 ? folded / 2 : -(folded + 1) / 2;
  }

  /** 1 to `maxCharacters` UTF-16 units of valid UTF-8. */
  text(field: string, maxCharacters: number): string {
    const length = this.unsigned(field, { min: 1, max: 4 * maxCharacters });
    const part = this.#bytes.subarray(this.#at, this.#at + length);
    if (part.length < length) throw this.error(field, "ends too soon");
    this.#at += length;
    const text = this.#decode(field, part);
    if (text.length > maxCharacters) throw this.error(field, `has ${text.length} characters, at most ${maxCharacters}`);
    return text;
  }

  within(field: string, value: number, { min, max }: { min: number; max: number }): number {
    if (value >= min && value <= max) return value;
    throw this.error(field, `${value} is not within ${min} to ${max}`);
  }

  error(field: string, reason: string): InputError {
    return new InputError(`${this.#what}: ${field} ${reason}`);
  }

  #decode(field: string, part: Uint8Array): string {
    try {
      return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(part);
    } catch {
      throw this.error(field, "is not UTF-8");
    }
  }
}
