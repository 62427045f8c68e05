import { buffer } from "node:stream/consumers";
import { describe, expect, it } from "vitest";
import { PacketLimit } from "./packet-limit.js";

/** A PUBLISH of QoS 0 with so many bytes after its fixed header. */
function packet(bytes: number): Buffer {
  const header = [0x30];
  let rest = bytes;
  do {
    header.push((rest & 0x7f) | (rest > 0x7f ? 0x80 : 0));
    rest >>= 7;
  } while (rest > 0);
  return Buffer.concat([Buffer.from(header), Buffer.alloc(bytes, 7)]);
}

async function through(chunks: Buffer[], maxBytes = 1000): Promise<Buffer> {
  const limit = new PacketLimit({ maxBytes });
  const out = buffer(limit);
  for (const chunk of chunks) limit.write(chunk);
  limit.end();
  return out;
}

describe("packet limit", () => {
  it("passes packets up to the limit, wherever the stream is cut", async () => {
    const stream = Buffer.concat([packet(0), packet(1), packet(127), packet(128), packet(1000), packet(3)]);
    for (const size of [1, 2, 3, 127, 5000]) {
      const chunks = Array.from({ length: Math.ceil(stream.length / size) }, (_, index) =>
        stream.subarray(index * size, (index + 1) * size),
      );
      expect(await through(chunks)).toEqual(stream);
    }
  });

  it("stops at the header of a packet above the limit, wherever the stream is cut", async () => {
    const stream = Buffer.concat([packet(5), packet(1001)]);

    await expect(through([stream])).rejects.toThrow("1001 bytes or more, at most 1000");
    await expect(through([...stream].map((byte) => Buffer.from([byte])))).rejects.toThrow("at most 1000");
  });

  it("stops at a length field longer than the protocol allows", async () => {
    await expect(through([Buffer.from([0x30, 0x80, 0x80, 0x80, 0x80])])).rejects.toThrow("four bytes");
  });
});
