import { describe, expect, it } from "vitest";
import { mutants, randomBytes, seeded } from "../../testing/seeded-bytes.js";
import { decodeDdp, encodeDdp } from "./ddp-packet.js";
import { pixelSpans } from "./pixel-layout.js";

const PIXELS = {
  push: true,
  query: false,
  reply: false,
  sequence: 3,
  dataType: 0x0b,
  destination: 1,
  offset: 1440,
  data: Uint8Array.of(255, 0, 128),
};

describe("DDP packet", () => {
  it("has each octet where the protocol puts it", () => {
    expect(encodeDdp(PIXELS).toString("hex")).toBe("41" + "03" + "0b" + "01" + "000005a0" + "0003" + "ff0080");
  });

  it("comes back as it was written", () => {
    expect(decodeDdp(encodeDdp(PIXELS))).toEqual({ ...PIXELS, data: Buffer.of(255, 0, 128) });
  });

  it("is refused when cut off or of another version", () => {
    const packet = encodeDdp(PIXELS);

    expect(decodeDdp(packet.subarray(0, 12))).toBeUndefined();
    packet[0] = 0x81;
    expect(decodeDdp(packet)).toBeUndefined();
  });

  it("decoder survives 20000 random and damaged packets", () => {
    const random = seeded(40);
    for (let i = 0; i < 10_000; i++) {
      decodeDdp(randomBytes(random, 60));
      decodeDdp(mutants(random, [encodeDdp(PIXELS)]));
    }
  });
});

describe("pixels of a strip", () => {
  it("fill 170 RGB pixels of a universe and go on in the next", () => {
    expect(pixelSpans({ universe: 3, channel: 1, pixels: 200, bytesPerPixel: 3 })).toEqual([
      { universe: 3, channel: 0, at: 0, length: 510 },
      { universe: 4, channel: 0, at: 510, length: 90 },
    ]);
  });

  it("begin at any channel and never straddle two universes", () => {
    expect(pixelSpans({ universe: 1, channel: 507, pixels: 3, bytesPerPixel: 4 })).toEqual([
      { universe: 1, channel: 506, at: 0, length: 4 },
      { universe: 2, channel: 0, at: 4, length: 8 },
    ]);
  });
});
