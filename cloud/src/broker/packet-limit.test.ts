import { Duplex, Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { describe, expect, it, vi } from "vitest";
import { HeldAcks } from "./held-acks.js";
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

function through(chunks: Buffer[], maxBytes = 1000): Promise<Buffer> {
  return buffer(new PacketLimit({ socket: Duplex.from(Readable.from(chunks)), maxBytes }));
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

  it("passes what is written on, the parts of a packet in one piece", async () => {
    const written: string[] = [];
    const socket = new Duplex({
      read() {},
      write(chunk, _encoding, done) {
        written.push(String(chunk));
        done();
      },
    });
    const limit = new PacketLimit({ socket, maxBytes: 10 });

    limit.cork();
    limit.write("head ");
    limit.write("body");
    limit.uncork();
    limit.write("next");
    await new Promise((resolve) => limit.end(resolve));

    expect(written).toEqual(["head body", "next"]);
  });

  it("lets acknowledgements of publications wait for what comes next, but not for long", async () => {
    const written: string[] = [];
    const socket = new Duplex({
      read() {},
      write(chunk, _encoding, done) {
        written.push((chunk as Buffer).toString("hex"));
        done();
      },
    });
    const limit = new PacketLimit({ socket, maxBytes: 10, held: new HeldAcks() });
    const puback = (id: number) => Buffer.from([0x40, 2, 0, id]);

    limit.write(puback(1));
    limit.write(puback(2));
    expect(written).toEqual([]);
    limit.write(Buffer.from([0xd0, 0]));
    expect(written).toEqual(["4002000140020002d000"]);

    limit.write(puback(3));
    await vi.waitFor(() => expect(written).toHaveLength(2));
    expect(written[1]).toBe("40020003");
    limit.write(puback(4));
    await new Promise((resolve) => limit.end(resolve));
    expect(written[2]).toBe("40020004");
  });
});
