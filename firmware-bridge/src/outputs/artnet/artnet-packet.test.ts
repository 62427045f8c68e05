import { describe, expect, it } from "vitest";
import { mutants, randomBytes, seeded } from "../../testing/seeded-bytes.js";
import {
  type ArtPollReply,
  decodeArtnet,
  describeUniverse,
  encodeDmx,
  encodePoll,
  encodePollReply,
  encodeSync,
  encodeTimeCode,
} from "./artnet-packet.js";

function aReply(changes: Partial<ArtPollReply> = {}): Omit<ArtPollReply, "kind"> {
  return {
    address: "10.77.0.2",
    shortName: "node",
    longName: "a node with four ports",
    report: "#0001 [0000] ok",
    style: 0,
    mac: Uint8Array.of(1, 2, 3, 4, 5, 6),
    bindIndex: 1,
    outputs: [0x1234 + 1, 0x1235 + 1],
    inputs: [0x1236 + 1],
    ...changes,
  };
}

describe("Art-Net packet", () => {
  it("ArtDmx has each octet where the standard puts it, and universe 1 is port address 0", () => {
    const packet = encodeDmx({ sequence: 5, physical: 2, universe: 1, channels: Uint8Array.of(9, 8, 7) });

    expect(packet.toString("hex")).toBe("4172742d4e657400" + "0050" + "000e" + "0502" + "0000" + "0004" + "09080700");
  });

  it("ArtDmx for universe 0x1235 carries net 0x12 and sub-net and universe 0x34", () => {
    const packet = encodeDmx({ sequence: 1, physical: 0, universe: 0x1235, channels: new Uint8Array(512) });

    expect([packet[14], packet[15], packet.length]).toEqual([0x34, 0x12, 530]);
    expect(describeUniverse(0x1235)).toBe("18:3:4");
  });

  it("ArtDmx comes back as it was written, an odd number of channels one longer", () => {
    const packet = encodeDmx({ sequence: 255, physical: 1, universe: 32768, channels: Uint8Array.of(1, 2, 3) });

    const channels = Buffer.of(1, 2, 3, 0);
    expect(decodeArtnet(packet)).toEqual({ kind: "dmx", sequence: 255, physical: 1, universe: 32768, channels });
  });

  it("ArtSync, ArtPoll and ArtTimeCode come back as they were written", () => {
    const time = { hours: 1, minutes: 2, seconds: 3, frames: 24, type: 1 };

    expect(encodeSync().toString("hex", 8)).toBe("0052000e0000");
    expect(encodePoll({ replyOnChange: true }).toString("hex", 8)).toBe("0020000e0200");
    expect(encodeTimeCode(time).toString("hex", 8)).toBe("0097000e0000" + "1803020101");
    expect(decodeArtnet(encodeSync())).toEqual({ kind: "sync" });
    expect(decodeArtnet(encodePoll({ replyOnChange: true }))).toEqual({ kind: "poll", replyOnChange: true });
    expect(decodeArtnet(encodeTimeCode(time))).toEqual({ kind: "time-code", ...time });
  });

  it("ArtPollReply has 239 octets and comes back as it was written", () => {
    const packet = encodePollReply(aReply());

    expect(packet.length).toBe(239);
    expect([packet[18], packet[19], packet[174], packet[190], packet[191]]).toEqual([0x12, 0x3, 0xc0, 4, 5]);
    expect(decodeArtnet(packet)).toEqual({ kind: "poll-reply", ...aReply() });
  });

  it("a short ArtPollReply of an old node still says which universes it shows", () => {
    const packet = encodePollReply(aReply()).subarray(0, 207);

    expect(decodeArtnet(packet)).toMatchObject({ outputs: [0x1235, 0x1236], inputs: [0x1237], bindIndex: 1 });
  });

  it.each<[string, (packet: Buffer) => void]>([
    ["another identifier", (packet) => packet.writeUInt8(0x61, 0)],
    ["an older protocol", (packet) => packet.writeUInt16BE(13, 10)],
    ["an unknown opcode", (packet) => packet.writeUInt16LE(0x5100, 8)],
    ["a port address of 16 bits", (packet) => packet.writeUInt16LE(0x8000, 14)],
    ["more channels than it holds", (packet) => packet.writeUInt16BE(6, 16)],
    ["no channels", (packet) => packet.writeUInt16BE(0, 16)],
  ])("ArtDmx is refused with %s", (_name, spoil) => {
    const packet = encodeDmx({ sequence: 1, physical: 0, universe: 1, channels: new Uint8Array(4) });
    spoil(packet);

    expect(decodeArtnet(packet)).toBeUndefined();
  });

  it("decoder survives 20000 random and damaged packets", () => {
    const random = seeded(64);
    const channels = new Uint8Array(20);
    const seeds = [
      encodeDmx({ sequence: 1, physical: 0, universe: 1, channels }),
      encodePollReply(aReply()),
      encodePoll({ replyOnChange: false }),
      encodeTimeCode({ hours: 0, minutes: 0, seconds: 0, frames: 0, type: 0 }),
    ];

    for (let i = 0; i < 10_000; i++) {
      decodeArtnet(randomBytes(random, 600));
      const packet = decodeArtnet(mutants(random, seeds));
      if (packet?.kind === "dmx") expect(packet.channels.length).toBeLessThanOrEqual(512);
    }
  });
});
