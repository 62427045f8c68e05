/** A stream of bytes into the texts of JSON objects that follow one another without a separator. */

/** Longer objects are dropped: nothing in OS2L comes near it. */
export const MAX_OBJECT_BYTES = 4096;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN = 0x7b;
const CLOSE = 0x7d;

/** What lies between objects is skipped. Holds at most one object; runs in O(n) time; never throws. */
export class JsonSplitter {
  readonly #held = new Uint8Array(MAX_OBJECT_BYTES);
  #length = 0;
  #depth = 0;
  #inString = false;
  #escaped = false;

  /** The objects that `bytes` completes. Braces are balanced, no more is checked. */
  push(bytes: Uint8Array): string[] {
    const objects: string[] = [];
    for (const byte of bytes) {
      if (this.#depth === 0 && byte !== OPEN) continue;
      if (this.#length === MAX_OBJECT_BYTES) {
        this.#reset();
        continue;
      }
      this.#held[this.#length++] = byte;
      this.#follow(byte);
      if (this.#depth > 0) continue;
      objects.push(Buffer.from(this.#held.subarray(0, this.#length)).toString("utf8"));
      this.#reset();
    }
    return objects;
  }

  /** In UTF-8 no byte of a longer character looks like a brace, a quote or a backslash. */
  #follow(byte: number): void {
    if (this.#inString) {
      if (this.#escaped) this.#escaped = false;
      else if (byte === BACKSLASH) this.#escaped = true;
      else if (byte === QUOTE) this.#inString = false;
      return;
    }
    if (byte === QUOTE) this.#inString = true;
    else if (byte === OPEN) this.#depth++;
    else if (byte === CLOSE) this.#depth--;
  }

  #reset(): void {
    this.#length = 0;
    this.#depth = 0;
    this.#inString = false;
    this.#escaped = false;
  }
}
