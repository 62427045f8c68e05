#!/usr/bin/env node
/** A flash image of the RP2040 into a UF2 file: fills in the checksum of the boot stage and cuts the image into blocks. */
import { readFileSync, writeFileSync } from "node:fs";

const FLASH = 0x10000000;
const BOOT2_BYTES = 252;
const BLOCK_BYTES = 256;
const RP2040_FAMILY = 0xe48bff56;

/** CRC-32 as the boot ROM computes it: polynomial 0x04c11db7, start all ones, no reflection, no final inversion. */
function bootCrc(bytes) {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte << 24;
    for (let bit = 0; bit < 8; bit++) crc = crc & 0x80000000 ? (crc << 1) ^ 0x04c11db7 : crc << 1;
  }
  return crc >>> 0;
}

function uf2Block(data, index, count) {
  const block = Buffer.alloc(512);
  const words = [0x0a324655, 0x9e5d5157, 0x2000, FLASH + index * BLOCK_BYTES, BLOCK_BYTES, index, count, RP2040_FAMILY];
  for (const [at, word] of words.entries()) block.writeUInt32LE(word, at * 4);
  data.copy(block, 32);
  block.writeUInt32LE(0x0ab16f30, 508);
  return block;
}

const [imageFile, uf2File] = process.argv.slice(2);
if (!imageFile || !uf2File) {
  console.error("usage: node make-uf2.mjs IMAGE.bin OUT.uf2     (the image gets its checksum too)");
  process.exit(2);
}
const image = readFileSync(imageFile);
image.writeUInt32LE(bootCrc(image.subarray(0, BOOT2_BYTES)), BOOT2_BYTES);
writeFileSync(imageFile, image);
const count = Math.ceil(image.length / BLOCK_BYTES);
const padded = Buffer.concat([image], count * BLOCK_BYTES);
const blocks = Array.from({ length: count }, (_, i) =>
  uf2Block(padded.subarray(i * BLOCK_BYTES, (i + 1) * BLOCK_BYTES), i, count),
);
writeFileSync(uf2File, Buffer.concat(blocks));
