/** Bytes into the checksum that ends every Tactus frame. */

/** CRC-16/CCITT-FALSE: polynomial 0x1021, start 0xffff, no reflection. `"123456789"` gives 0x29b1. */
export function crc16(bytes: Uint8Array): number {
  let crc = 0xffff;
  for (const byte of bytes) {
    let x = (crc >> 8) ^ byte;
    x ^= x >> 4;
    crc = ((crc << 8) ^ (x << 12) ^ (x << 5) ^ x) & 0xffff;
  }
  return crc;
}
