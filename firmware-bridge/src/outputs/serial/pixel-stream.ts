/** Rendered universes into the pixels of one strip at the end of a serial line. */
import { pixelSpans } from "../ddp/pixel-layout.js";
import type { DmxSource } from "../output.js";
import type { Stream } from "../streaming/paced-streams.js";

export interface PixelStreamOptions {
  universe: number;
  channel: number;
  pixels: number;
  /** The pixels as they go out: a window into a prepared frame. */
  data: Uint8Array;
  send(): void;
}

export class PixelStream implements Stream {
  readonly #options: PixelStreamOptions;
  readonly #spans;

  constructor(options: PixelStreamOptions) {
    this.#options = options;
    this.#spans = pixelSpans({ ...options, bytesPerPixel: 3 });
  }

  take(dmx: DmxSource): boolean {
    const { data } = this.#options;
    let differs = false;
    for (const { universe, channel, at, length } of this.#spans) {
      const values = dmx.channels(universe);
      for (let i = 0; i < length; i++) {
        const value = values[channel + i] ?? 0;
        if (data[at + i] === value) continue;
        data[at + i] = value;
        differs = true;
      }
    }
    return differs;
  }

  clear(): void {
    this.#options.data.fill(0);
  }

  send(): void {
    this.#options.send();
  }

  /** These protocols have no word for an end: the strip is left dark. */
  end(): void {
    this.clear();
    this.send();
  }
}
