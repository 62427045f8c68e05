import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type AppleMidiPacket, decodeAppleMidi, encodeAppleMidi } from "./apple-midi-packet.js";

const bytesOf = (hex: string) => Uint8Array.from(Buffer.from(hex, "hex"));

describe("AppleMIDI packets", () => {
  it("an invitation has version, token, sender and a name that ends with a zero", () => {
    const packet: AppleMidiPacket = { command: "IN", token: 0x01020304, ssrc: 0xf0e0d0c0, name: "Té" };

    expect(Buffer.from(encodeAppleMidi(packet)).toString("hex")).toBe("ffff494e0000000201020304f0e0d0c054c3a900");
    expect(decodeAppleMidi(encodeAppleMidi(packet))).toEqual(packet);
  });

  it("a clock exchange has three times of 64 bits", () => {
    const packet: AppleMidiPacket = { command: "CK", ssrc: 1, count: 2, times: [1n, 2n, 2n ** 64n - 1n] };

    expect(encodeAppleMidi(packet)).toHaveLength(36);
    expect(decodeAppleMidi(encodeAppleMidi(packet))).toEqual(packet);
  });

  it.each<AppleMidiPacket>([
    { command: "BY", token: 7, ssrc: 9 },
    { command: "RS", ssrc: 9, sequence: 65_535 },
    { command: "OK", token: 7, ssrc: 9, name: "" },
  ])("$command survives the way there and back", (packet) => {
    expect(decodeAppleMidi(encodeAppleMidi(packet))).toEqual(packet);
  });

  it("a name without an end, or with control characters, is still a name", () => {
    expect(decodeAppleMidi(bytesOf("ffff494e000000020000000100000002610a62"))).toMatchObject({ name: "ab" });
  });

  it.each([
    "",
    "ffff",
    "ffff494e",
    "ffff494e0000000301020304f0e0d0c05400",
    "fffe494e0000000201020304f0e0d0c0",
    "ffff434b00000001030000",
  ])("refuses %s", (hex) => {
    expect(decodeAppleMidi(bytesOf(hex))).toBeUndefined();
  });

  it("never throws on any bytes", () => {
    const start = fc.constantFrom("IN", "OK", "NO", "BY", "CK", "RS", "XX");
    const bytes = fc
      .tuple(start, fc.uint8Array({ maxLength: 400 }))
      .map(([command, rest]) => Uint8Array.from([0xff, 0xff, ...Buffer.from(command), ...rest]));
    fc.assert(
      fc.property(fc.oneof(bytes, fc.uint8Array({ maxLength: 60 })), (input) => {
        decodeAppleMidi(input);
      }),
      { numRuns: 50_000 },
    );
  });
});
