import { toBuffer } from "osc-min";
import { describe, expect, test } from "vitest";
import { mutants, randomBytes, seeded } from "../../testing/seeded-bytes.js";
import { decodeOsc, MAX_OSC_BYTES } from "./osc-input.js";

type Packet = Parameters<typeof toBuffer>[0];

const bytesOf = (packet: Packet): Uint8Array => {
  const { buffer, byteOffset, byteLength } = toBuffer(packet);
  return new Uint8Array(buffer, byteOffset, byteLength);
};

const nested = (depth: number): Packet => {
  const inner = depth === 0 ? { address: "/deep" } : nested(depth - 1);
  return { timetag: [0, 1], elements: [inner] };
};

const message = { address: "/eos/out/ping", args: ["id", 1.5, { type: "integer" as const, value: 7 }, true, null] };

describe("decodeOsc()", () => {
  test("gives back address and arguments", () => {
    expect(decodeOsc(bytesOf(message))).toEqual([{ address: "/eos/out/ping", args: ["id", 1.5, 7, true, null] }]);
  });

  test("opens bundles, and bundles inside them", () => {
    const packet = { timetag: [0, 1] as [number, number], elements: [message, nested(1)] };

    expect(decodeOsc(bytesOf(packet))?.map(({ address }) => address)).toEqual(["/eos/out/ping", "/deep"]);
  });

  test("refuses bundles that are nested too deep", () => {
    expect(decodeOsc(bytesOf(nested(3)))).toHaveLength(1);
    expect(decodeOsc(bytesOf(nested(4)))).toBeUndefined();
  });

  test("refuses a packet of which one part is malformed", () => {
    const packet = bytesOf({ timetag: [0, 1], elements: [message, { address: "/x" }] });
    packet[packet.length - 4] = "x".charCodeAt(0); // was the comma of the type tags

    expect(decodeOsc(packet)).toBeUndefined();
  });

  test.each([
    ["nothing", new Uint8Array(0)],
    ["a length that is no multiple of four", bytesOf(message).subarray(0, 13)],
    ["no address", Uint8Array.of(0x2c, 0, 0, 0)],
    ["more than it reads", new Uint8Array(MAX_OSC_BYTES + 4).fill(0x2f)],
    [
      "a bundle whose element is longer than the packet",
      Buffer.from("#bundle\0\0\0\0\0\0\0\0\x01\0\0\0\x08/a\0\0", "latin1"),
    ],
    ["a bundle whose element is empty", Buffer.from("#bundle\0\0\0\0\0\0\0\0\x01\0\0\0\0", "latin1")],
  ])("refuses %s", (_, bytes) => {
    expect(decodeOsc(bytes)).toBeUndefined();
  });

  test("does not read beyond a packet that says its blob is longer", () => {
    const pool = Buffer.alloc(64, 0xaa);
    Buffer.from("/a\0\0,b\0\0\0\0\0\x20", "latin1").copy(pool);

    expect(decodeOsc(pool.subarray(0, 12))).toBeUndefined();
  });

  test("survives twenty thousand random and damaged packets", () => {
    const random = seeded(10);
    const seeds = [bytesOf(message), bytesOf(nested(2)), bytesOf({ address: "/b", args: [new Uint8Array(9)] })];

    for (let i = 0; i < 10_000; i++) {
      decodeOsc(randomBytes(random, 200));
      for (const { address, args } of decodeOsc(mutants(random, seeds)) ?? []) {
        expect(address.length).toBeLessThanOrEqual(256);
        expect(args.length).toBeLessThanOrEqual(64);
      }
    }
  });
});
