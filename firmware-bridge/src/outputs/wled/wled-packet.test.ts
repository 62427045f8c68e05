import { expect, test } from "vitest";
import { encodeAudioSync } from "./wled-packet.js";

const bands = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 253.6, 400];

test("packet is 44 bytes, little endian, each value where WLED reads it", () => {
  const packet = encodeAudioSync({
    ...{ sampleRaw: 100, sampleSmooth: 50, peak: true, frameCounter: 7, bands, magnitude: 2048, majorPeakHz: 110 },
  });

  expect(Buffer.from(packet).toString("hex")).toBe(
    "303030303200" + // "00002\0"
      "0000" + // reserved
      "0000c842" + // 100
      "00004842" + // 50
      "01" + // peak
      "07" + // frame counter
      "000102030405060708090a0b0c0dfefe" + // bands, at most 254
      "0000" + // reserved
      "00000045" + // 2048
      "0000dc42", // 110 Hz
  );
});

test("packet keeps values in the ranges that receivers expect", () => {
  const wild = {
    sampleRaw: 900,
    sampleSmooth: -1,
    peak: false,
    frameCounter: 255,
    bands: [],
    magnitude: -3,
    majorPeakHz: 0,
  };
  const view = new DataView(encodeAudioSync(wild).buffer);

  expect([8, 12, 36, 40].map((at) => view.getFloat32(at, true))).toEqual([255, 0, 0, 1]);
});
