/** Pixels into a TPM2 data frame and back. Pure. */
import type { PixelFrame } from "./adalight-packet.js";

const HEADER = 4;
const START = 0xc9;
const DATA = 0xda;
const END = 0x36;

/** 0xC9, 0xDA, length high, length low, the pixels (red, green, blue), 0x36. At most 65 535 bytes of pixels. */
export function tpm2Frame({ pixels }: { pixels: number }): PixelFrame {
  const length = pixels * 3;
  const bytes = new Uint8Array(HEADER + length + 1);
  bytes.set([START, DATA, length >> 8, length & 0xff]);
  bytes[HEADER + length] = END;
  return { bytes, data: bytes.subarray(HEADER, HEADER + length) };
}

/** The pixels of one whole frame; undefined for anything else. */
export function decodeTpm2(bytes: Uint8Array): Uint8Array | undefined {
  const [start, kind, high = 0, low = 0] = bytes;
  const length = high * 256 + low;
  if (start !== START || kind !== DATA || bytes.length !== HEADER + length + 1) return undefined;
  return bytes[HEADER + length] === END ? bytes.subarray(HEADER, HEADER + length) : undefined;
}
