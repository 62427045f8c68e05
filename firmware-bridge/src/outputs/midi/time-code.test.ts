import { describe, expect, it } from "vitest";
import { type FrameRate, fullFrame, quarterFrame } from "./time-code.js";

/** What a receiver reads from the eight quarter frames that begin at frame `frame`, which must be even. */
function readBack(frame: number, rate: FrameRate, startHour = 0) {
  const nibbles = Array.from({ length: 8 }, (_, piece) => {
    const [status, data = 0] = quarterFrame(frame * 4 + piece, rate, startHour);
    expect(status).toBe(0xf1);
    expect(data >> 4).toBe(piece);
    return data & 0x0f;
  });
  const [f0 = 0, f1 = 0, s0 = 0, s1 = 0, m0 = 0, m1 = 0, h0 = 0, h1 = 0] = nibbles;
  const hours = (h1 << 4) | h0;
  return { rate: hours >> 5, text: [hours & 31, (m1 << 4) | m0, (s1 << 4) | s0, (f1 << 4) | f0].join(":") };
}

describe("quarterFrame", () => {
  it.each([
    [0, 25, "0:0:0:0", 1],
    [24, 25, "0:0:0:24", 1],
    [90_000, 25, "1:0:0:0", 1],
    [48, 24, "0:0:2:0", 0],
    [1798, 30, "0:0:59:28", 3],
    // Drop-frame: 0:1:0:0 and 0:1:0:1 do not exist, 0:10:0:0 does.
    [1800, 29.97, "0:1:0:2", 2],
    [17_982, 29.97, "0:10:0:0", 2],
    [107_892, 29.97, "1:0:0:0", 2],
  ] as const)("frame %i at %d frames/s is %s", (frame, rate, text, code) => {
    expect(readBack(frame, rate)).toEqual({ rate: code, text });
  });

  it("begins at the hour asked for and wraps at midnight", () => {
    expect(readBack(0, 25, 23).text).toBe("23:0:0:0");
    expect(readBack(90_000, 25, 23).text).toBe("0:0:0:0");
  });
});

describe("fullFrame", () => {
  it("is a system exclusive message with rate and hour in one byte", () => {
    expect(Buffer.from(fullFrame(30, 10)).toString("hex")).toBe("f07f7f01016a000000f7");
  });
});
