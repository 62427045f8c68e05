import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decodeRtpMidi, encodeRtpMidi } from "./rtp-midi-packet.js";

const header = { sequence: 0x1234, timestamp: 0x01020304, ssrc: 0xcafebabe };

describe("RTP-MIDI packets", () => {
  it("a clock byte is a list of one, without journal and without delta time", () => {
    const packet = encodeRtpMidi({ ...header, list: Uint8Array.of(0xf8) });

    expect(Buffer.from(packet).toString("hex")).toBe("80e1123401020304cafebabe01f8");
  });

  it("a list of more than 15 bytes has a length of 12 bits", () => {
    const list = new Uint8Array(16).fill(0x7f);
    const packet = encodeRtpMidi({ ...header, list });

    expect([packet[12], packet[13]]).toEqual([0x80, 16]);
    expect(decodeRtpMidi(packet)?.list).toEqual(list);
  });

  it("says when a journal follows, and passes over it", () => {
    const bytes = Uint8Array.from(Buffer.from("8061123401020304cafebabe41f820", "hex"));

    expect(decodeRtpMidi(bytes)).toEqual({ ...header, list: Uint8Array.of(0xf8), hasJournal: true });
  });

  it("refuses what is cut off or of another kind, and never throws", () => {
    expect(decodeRtpMidi(Uint8Array.from(Buffer.from("80e1123401020304cafebabe03f8", "hex")))).toBeUndefined();
    const packets = fc.uint8Array({ maxLength: 40 }).map((rest) => Uint8Array.from([0x80, 0x61, ...rest]));
    fc.assert(
      fc.property(fc.oneof(packets, fc.uint8Array({ maxLength: 40 })), (bytes) => {
        const decoded = decodeRtpMidi(bytes);
        return decoded === undefined || decoded.list.length < bytes.length;
      }),
      { numRuns: 50_000 },
    );
  });
});
