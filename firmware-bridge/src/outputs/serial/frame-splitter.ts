/** Chunks of a serial line into frames. */
import { decodeFrame, type StampedFrame } from "./tactus-frame-packet.js";

/** Longest stuffed frame that is kept; what is longer is noise. */
const MAX_STUFFED = 1100;

/** Keeps what is left of a frame across chunk borders. Runs in O(n) time, memory bounded. */
export class FrameSplitter {
  /** Runs between two zeros that were no frame. */
  bad = 0;
  #kept = new Uint8Array(MAX_STUFFED);
  #length = 0;
  #overlong = false;

  push(chunk: Uint8Array): StampedFrame[] {
    const frames: StampedFrame[] = [];
    for (const byte of chunk) {
      if (byte === 0) {
        const frame = this.#finish();
        if (frame) frames.push(frame);
      } else if (this.#length < MAX_STUFFED) this.#kept[this.#length++] = byte;
      else this.#overlong = true;
    }
    return frames;
  }

  #finish(): StampedFrame | undefined {
    if (this.#length === 0) return undefined;
    const frame = this.#overlong ? undefined : decodeFrame(this.#kept.subarray(0, this.#length));
    if (!frame) this.bad++;
    this.#length = 0;
    this.#overlong = false;
    return frame;
  }
}
