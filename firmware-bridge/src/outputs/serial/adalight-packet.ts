/** Pixels into an Adalight frame and back. Pure. */

const HEADER = 6;
const MAGIC = [0x41, 0x64, 0x61]; // "Ada"
const CHECK = 0x55;

export interface AdalightOptions {
  pixels: number;
  /** What the header says: pixels less one (the original), or pixels. */
  count: "minus-one" | "exact";
}

/** Bytes of a frame whose `data` is a window into it: fill it and send `bytes`. */
export interface PixelFrame {
  bytes: Uint8Array;
  /** Three bytes a pixel: red, green, blue. */
  data: Uint8Array;
}

/** "Ada", count high, count low, their check (high ^ low ^ 0x55), then the pixels. */
export function adalightFrame({ pixels, count }: AdalightOptions): PixelFrame {
  const said = count === "minus-one" ? pixels - 1 : pixels;
  const [high, low] = [said >> 8, said & 0xff];
  const bytes = new Uint8Array(HEADER + pixels * 3);
  bytes.set([...MAGIC, high, low, high ^ low ^ CHECK]);
  return { bytes, data: bytes.subarray(HEADER) };
}

/** The pixels of one whole frame; undefined for anything else. */
export function decodeAdalight(bytes: Uint8Array): Uint8Array | undefined {
  if (bytes.length < HEADER || MAGIC.some((byte, at) => bytes[at] !== byte)) return undefined;
  const [high = 0, low = 0, check] = bytes.subarray(3);
  const said = high * 256 + low;
  const data = bytes.subarray(HEADER);
  const isWhole = data.length === said * 3 || data.length === (said + 1) * 3;
  return check === (high ^ low ^ CHECK) && isWhole ? data : undefined;
}
