import { describe, expect, it } from "vitest";
import { PcmDecoder, type PcmFormat, parseSampleFormat, type SampleFormat } from "./pcm-decoder.js";

const format = (sampleFormat: SampleFormat, audioChannels = 1): PcmFormat => ({
  sampleRateHz: 44100,
  audioChannels,
  sampleFormat,
});

/** Half of full scale, minus full scale, zero. */
const BYTES: Record<SampleFormat, number[]> = {
  u8: [192, 0, 128],
  s16le: [0x00, 0x40, 0x00, 0x80, 0, 0],
  s24le: [0, 0, 0x40, 0, 0, 0x80, 0, 0, 0],
  s32le: [0, 0, 0, 0x40, 0, 0, 0, 0x80, 0, 0, 0, 0],
  f32le: [...new Uint8Array(Float32Array.of(0.5, -1, 0).buffer)],
  f64le: [...new Uint8Array(Float64Array.of(0.5, -1, 0).buffer)],
};

describe("PcmDecoder", () => {
  it.each(Object.keys(BYTES) as SampleFormat[])("reads %s at full scale ±1", (sampleFormat) => {
    const decoder = new PcmDecoder(format(sampleFormat));

    expect([...decoder.decode(Uint8Array.from(BYTES[sampleFormat]))]).toEqual([0.5, -1, 0]);
  });

  it.each(Object.keys(BYTES) as SampleFormat[])("reads %s the same however the bytes are cut", (sampleFormat) => {
    for (const size of [1, 2, 3, 5, 7, 11]) {
      const decoder = new PcmDecoder(format(sampleFormat));
      const bytes = Uint8Array.from([...BYTES[sampleFormat], ...BYTES[sampleFormat]]);
      const samples: number[] = [];

      for (let at = 0; at < bytes.length; at += size) samples.push(...decoder.decode(bytes.subarray(at, at + size)));

      expect(samples).toEqual([0.5, -1, 0, 0.5, -1, 0]);
      expect(decoder.pendingBytes).toBe(0);
    }
  });

  it("gives whole sample frames only and keeps the rest", () => {
    const decoder = new PcmDecoder(format("s16le", 2));

    expect(decoder.decode(Uint8Array.of(0, 0x40, 0, 0x40, 0, 0x20)).length).toBe(2);
    expect(decoder.pendingBytes).toBe(2);
    expect([...decoder.decode(Uint8Array.of(0, 0x10))]).toEqual([0.25, 0.125]);
  });

  it("reads NaN, infinity and absurd values as silence and counts them", () => {
    const decoder = new PcmDecoder(format("f32le"));
    const values = Float32Array.of(Number.NaN, 0.5, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 3e38);

    expect([...decoder.decode(new Uint8Array(values.buffer))]).toEqual([0, 0.5, 0, 0, 0]);
    expect(decoder.nonFiniteSamples).toBe(4);
  });

  it("names a sample format it does not know", () => {
    expect(() => parseSampleFormat("s12be")).toThrow('Sample format "s12be" is unknown: use one of u8, s16le');
  });
});
