/** Edges of a data pin into the pictures that a strip of WS2812 pixels would show. */

export interface Picture {
  /** First rising and last falling edge, microseconds of the simulated board. */
  beganUs: number;
  endedUs: number;
  /** Red, green, blue of each pixel. */
  rgb: Uint8Array;
}

/** Widths seen, microseconds: [shortest, longest]. */
export interface Widths {
  zero: [number, number];
  one: [number, number];
  /** Low times inside a picture. */
  low: [number, number];
}

/** WS2812B: T0H 0.35, T1H 0.7, both ± 0.15 µs; a low time that a picture survives is below 5 µs. */
const MIDDLE_US = 0.55;
const RESET_US = 50;

export class Ws2812Decoder {
  readonly pictures: Picture[] = [];
  readonly widths: Widths = { zero: [Infinity, 0], one: [Infinity, 0], low: [Infinity, 0] };
  #bits: number[] = [];
  #beganUs = 0;
  #roseUs = 0;
  #fellUs = Number.NEGATIVE_INFINITY;

  edge(high: boolean, atUs: number): void {
    if (high) this.#rise(atUs);
    else this.#fall(atUs);
  }

  #rise(atUs: number): void {
    const low = atUs - this.#fellUs;
    if (low > RESET_US) this.#flush();
    if (this.#bits.length === 0) this.#beganUs = atUs;
    else widen(this.widths.low, low);
    this.#roseUs = atUs;
  }

  #fall(atUs: number): void {
    const high = atUs - this.#roseUs;
    const bit = high > MIDDLE_US ? 1 : 0;
    widen(bit ? this.widths.one : this.widths.zero, high);
    this.#bits.push(bit);
    this.#fellUs = atUs;
  }

  /** The picture so far is complete: the line has been quiet. */
  #flush(): void {
    const bits = this.#bits;
    if (bits.length === 0) return;
    if (bits.length % 24 !== 0) throw new Error(`A picture of ${bits.length} bits is not whole pixels`);
    const rgb = new Uint8Array(bits.length / 8);
    for (let i = 0; i < rgb.length; i++) {
      const value = bits.slice(i * 8, i * 8 + 8).reduce((sum, bit) => sum * 2 + bit, 0);
      // On the line green comes first.
      const channel = [1, 0, 2][i % 3] ?? 0;
      rgb[i - (i % 3) + channel] = value;
    }
    this.pictures.push({ beganUs: this.#beganUs, endedUs: this.#fellUs, rgb });
    this.#bits = [];
  }
}

function widen(range: [number, number], value: number): void {
  range[0] = Math.min(range[0], value);
  range[1] = Math.max(range[1], value);
}
