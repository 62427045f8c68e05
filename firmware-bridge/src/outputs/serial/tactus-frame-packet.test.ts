import { describe, expect, it } from "vitest";
import { mutants, randomBytes, seeded } from "../../testing/seeded-bytes.js";
import { cobsDecode, cobsEncode } from "./cobs.js";
import { crc16 } from "./crc16.js";
import { FrameSplitter } from "./frame-splitter.js";
import { SAMPLE_FRAMES, SERIAL_FUZZ } from "./fuzz-entries.js";
import { decodeFrame, encodeFrame } from "./tactus-frame-packet.js";

const STAMP = { counter: 7, sentAtUs: 0x11223344 };
const hex = (bytes: Uint8Array | undefined) => Buffer.from(bytes ?? []).toString("hex");

describe("CRC-16", () => {
  it("gives the published check value", () => {
    expect(crc16(Buffer.from("123456789"))).toBe(0x29b1);
  });
});

describe("COBS", () => {
  it("stuffs the examples of the paper", () => {
    expect(hex(cobsEncode(Uint8Array.of()))).toBe("01");
    expect(hex(cobsEncode(Uint8Array.of(0)))).toBe("0101");
    expect(hex(cobsEncode(Uint8Array.of(0x11, 0x22, 0, 0x33)))).toBe("0311220233");
  });

  it("takes both encodings of a closing run of 254", () => {
    const run = Uint8Array.from({ length: 254 }, (_, index) => index + 1);

    expect(cobsDecode(Uint8Array.of(0xff, ...run))).toEqual(run);
    expect(cobsDecode(Uint8Array.of(0xff, ...run, 0x01))).toEqual(run);
    expect(cobsDecode(Uint8Array.of(0xff, ...run, 0x01, 0x01))).toEqual(Uint8Array.of(...run, 0));
  });

  it("gives back what it stuffed, at every length around its blocks", () => {
    for (let length = 0; length <= 600; length++) {
      const bytes = Uint8Array.from({ length }, (_, index) => (index * 7 + length) % (length % 3 ? 255 : 5));

      expect(cobsEncode(bytes)).not.toContain(0);
      expect(cobsDecode(cobsEncode(bytes))).toEqual(bytes);
    }
  });

  it("refuses a block that is cut short and a zero inside", () => {
    expect(cobsDecode(Uint8Array.of(5, 1, 2))).toBeUndefined();
    expect(cobsDecode(Uint8Array.of(3, 0, 2))).toBeUndefined();
  });
});

describe("Tactus frame", () => {
  it("has the bytes that PROTOCOL.md shows", () => {
    const energy = { low: 0.8, mid: 0.4, high: 0.2 };
    const place = { beat: 33, beatInBar: 1, beatsPerBar: 4, bar: 812, periodUs: 468_750 };
    const beat = { dueInUs: 148_200, ...place, confidence: 1, energy, freeRunning: false };

    expect(hex(encodeFrame({ type: "ping" }, STAMP))).toBe("0009200744332211c00600");
    expect(hex(encodeFrame({ type: "beat", ...beat }, { counter: 8, sentAtUs: 1_000_000 }))).toBe(
      "000610084042 0f04e8420202 210801042c03 0e270705ffcc 6633038d2f00".replaceAll(" ", ""),
    );
  });

  for (const frame of SAMPLE_FRAMES) {
    it(`${frame.type}${"beatInBar" in frame ? ` ${frame.beatInBar}` : ""}: decodes to what was encoded`, () => {
      expect(decodeFrame(encodeFrame(frame, STAMP).subarray(1, -1))).toEqual({ ...frame, ...STAMP });
    });
  }

  it("is refused after any single bit error", () => {
    const line = encodeFrame(SAMPLE_FRAMES[1]!, STAMP).subarray(1, -1);
    for (let bit = 0; bit < line.length * 8; bit++) {
      const damaged = line.slice();
      damaged[bit >> 3] = (damaged[bit >> 3] ?? 0) ^ (1 << (bit & 7));

      expect(decodeFrame(damaged)).toBeUndefined();
    }
  });

  it("limits what does not fit its fields", () => {
    const [, beat] = SAMPLE_FRAMES;
    if (beat?.type !== "beat") throw new Error("the second sample is a beat");
    const line = encodeFrame({ ...beat, dueInUs: 1e9, periodUs: 1e9, confidence: 7, bar: 70_000 }, STAMP);

    expect(decodeFrame(line.subarray(1, -1))).toMatchObject({
      dueInUs: 9_999_999,
      periodUs: 3_000_000,
      confidence: 1,
      bar: 4464,
    });
  });
});

describe("frame splitter", () => {
  it("finds frames across chunk borders, behind noise and behind a cut frame", () => {
    const splitter = new FrameSplitter();
    const line = encodeFrame({ type: "ping" }, STAMP);
    const bytes = Uint8Array.of(9, 9, 9, ...line, ...line.subarray(0, 5), ...line, ...line);

    const frames = [...bytes].flatMap((byte) => splitter.push(Uint8Array.of(byte)));

    expect(frames.map(({ type }) => type)).toEqual(["ping", "ping", "ping"]);
    expect(splitter.bad).toBe(2);
  });

  it("skips what is longer than any frame and takes the next", () => {
    const splitter = new FrameSplitter();
    splitter.push(new Uint8Array(100_000).fill(0x55));

    expect(splitter.push(encodeFrame({ type: "ping" }, STAMP))).toHaveLength(1);
    expect(splitter.bad).toBe(1);
  });
});

describe("decoders of serial bytes", () => {
  for (const { name, decode, seeds, holds } of SERIAL_FUZZ) {
    it(`${name}: 5000 random and damaged inputs neither throw nor let anything out of range through`, () => {
      const random = seeded(1);
      for (let i = 0; i < 5000; i++) {
        const decoded = decode(i % 2 ? mutants(random, seeds) : randomBytes(random, 300));

        expect(decoded === undefined || holds(decoded as never)).toBe(true);
      }
      expect(seeds.map((seed) => decode(seed))).not.toContain(undefined);
    });
  }
});
