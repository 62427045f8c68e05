/** The sequence number of one stream, packet by packet, so that no receiver drops what follows a restart. */

/** How far a first number that is dropped lies from the second, which is taken: anything from 20 to 127 would do. */
const STRIDE = 64;

/**
 * A receiver drops a packet when (int8)(new - old) lies in (-20, 0] [E1.31 6.7.2]. After a clean stop the numbers go on where they
 * ended. When the last number is not known (the process was killed), the first packet is sent twice, 64 numbers apart:
 * whatever the receiver remembers, at most one of the two falls into the window.
 */
export class SacnSequence {
  #last: number;
  #knowsLast: boolean;

  constructor(options: { last: number | undefined }) {
    this.#last = options.last ?? 0;
    this.#knowsLast = options.last !== undefined;
  }

  /** 0..255: the last number handed out. */
  get last(): number {
    return this.#last;
  }

  next(): number {
    this.#last = (this.#last + 1) & 255;
    return this.#last;
  }

  /** True once, after the first packet, when that packet must be sent again under the number that then comes. */
  mustRepeatFirst(): boolean {
    if (this.#knowsLast) return false;
    this.#knowsLast = true;
    this.#last = (this.#last + STRIDE - 1) & 255;
    return true;
  }
}
