import { describe, expect, it } from "vitest";
import { MODEL_RATE_HZ, Resampler } from "./resampler.js";

const RATES = [
  { sampleRateHz: 8000, audioChannels: 1 },
  { sampleRateHz: 11025, audioChannels: 1 },
  { sampleRateHz: 16000, audioChannels: 2 },
  { sampleRateHz: 44100, audioChannels: 2 },
  { sampleRateHz: 44099, audioChannels: 1 },
  { sampleRateHz: 48000, audioChannels: 2 },
  { sampleRateHz: 96000, audioChannels: 2 },
  { sampleRateHz: 192000, audioChannels: 8 },
];

/** The same mono signal on every channel. */
function interleave(mono: Float64Array | Float32Array, audioChannels: number): Float32Array {
  return Float32Array.from(
    { length: mono.length * audioChannels },
    (_, i) => mono[Math.floor(i / audioChannels)] as number,
  );
}

function sine(hz: number, sampleRateHz: number, seconds = 0.5): Float64Array {
  return Float64Array.from({ length: Math.round(seconds * sampleRateHz) }, (_, i) =>
    Math.sin((2 * Math.PI * hz * i) / sampleRateHz),
  );
}

function noise(length: number): Float32Array {
  let state = 1;
  return Float32Array.from({ length }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    return state / 2 ** 32;
  });
}

function resample(
  samples: Float32Array,
  shape: { sampleRateHz: number; audioChannels: number },
  blockSamples = 512,
): Float32Array {
  const resampler = new Resampler(shape);
  const parts: number[] = [];
  for (let at = 0; at < samples.length; at += blockSamples * shape.audioChannels) {
    parts.push(...resampler.push(samples.subarray(at, at + blockSamples * shape.audioChannels)));
  }
  parts.push(...resampler.flush());
  return Float32Array.from(parts);
}

function rmsDb(signal: ArrayLike<number>): number {
  // The ends hear the silence around the stream.
  const inner = Array.from(signal).slice(2000, -2000);
  return 10 * Math.log10(inner.reduce((sum, value) => sum + value * value, 0) / inner.length + 1e-20) + 3.01;
}

describe("Resampler", () => {
  it.each(RATES)("gives $sampleRateHz Hz × $audioChannels back as the same sine, on time", (shape) => {
    const hz = 997;
    const output = resample(interleave(sine(hz, shape.sampleRateHz), shape.audioChannels), shape);
    const expected = sine(hz, MODEL_RATE_HZ);

    const difference = expected.map((value, i) => value - (output[i] as number));

    expect(output.length).toBe(Math.ceil((Math.round(0.5 * shape.sampleRateHz) * MODEL_RATE_HZ) / shape.sampleRateHz));
    expect(rmsDb(difference)).toBeLessThan(-75);
  });

  it.each(RATES.filter((shape) => shape.sampleRateHz >= 22050))(
    "passes 20 Hz to 10 kHz from $sampleRateHz Hz within 0.1 dB",
    (shape) => {
      const gains = [20, 100, 1000, 5000, 8000, 10000].map((hz) =>
        rmsDb(resample(interleave(sine(hz, shape.sampleRateHz, 1), shape.audioChannels), shape)),
      );

      for (const gain of gains) expect(Math.abs(gain)).toBeLessThan(0.1);
    },
  );

  it.each(RATES.filter((shape) => shape.sampleRateHz > 24000))(
    "stops what is above 12 kHz at $sampleRateHz Hz by 80 dB",
    (shape) => {
      const above = [12000, 13500, 17000, 21000, 23900, 40000, 47900, 80000, 95000].filter(
        (hz) => hz < shape.sampleRateHz / 2,
      );

      const levels = above.map((hz) =>
        rmsDb(resample(interleave(sine(hz, shape.sampleRateHz), shape.audioChannels), shape)),
      );

      expect(Math.max(...levels)).toBeLessThan(-80);
    },
  );

  it("leaves no image of a low rate's sound above its own half", () => {
    const shape = { sampleRateHz: 8000, audioChannels: 1 };
    const output = resample(interleave(sine(3000, 8000, 1), 1), shape);

    const residue = output.map((value, i) => value - Math.sin((2 * Math.PI * 3000 * i) / MODEL_RATE_HZ));

    expect(rmsDb(residue)).toBeLessThan(-60);
  });

  it.each(RATES)("puts an impulse from $sampleRateHz Hz where it was, within a tenth of a sample", (shape) => {
    const at = Math.round(shape.sampleRateHz * 0.1);
    const mono = new Float64Array(Math.round(shape.sampleRateHz * 0.2));
    mono[at] = 1;

    const output = resample(interleave(mono, shape.audioChannels), shape);

    // The centre of gravity of the response, weighted by its energy.
    const energy = output.reduce((sum, value) => sum + value * value, 0);
    const centre = output.reduce((sum, value, i) => sum + i * value * value, 0) / energy;
    expect(Math.abs(centre - (at / shape.sampleRateHz) * MODEL_RATE_HZ)).toBeLessThan(0.1);
  });

  it.each(RATES)("gives the same bits from $sampleRateHz Hz × $audioChannels however the input is cut", (shape) => {
    const samples = noise(Math.round(shape.sampleRateHz * 0.3) * shape.audioChannels);

    const whole = resample(samples, shape, 1e9);

    for (const blockSamples of [1, 7, 441, 4096]) expect(resample(samples, shape, blockSamples)).toEqual(whole);
  });

  it("passes mono at 22 050 Hz unchanged and without waiting", () => {
    const samples = noise(1000);
    const resampler = new Resampler({ sampleRateHz: 22050, audioChannels: 1 });

    expect([...resampler.push(samples)]).toEqual([...samples]);
    expect(resampler.lookaheadSeconds).toBe(0);
  });

  it.each(RATES)("waits for at most 3 ms of future input at $sampleRateHz Hz", (shape) => {
    const resampler = new Resampler(shape);
    const given = resampler.push(new Float32Array(shape.sampleRateHz * shape.audioChannels)).length;

    expect(resampler.lookaheadSeconds).toBeLessThanOrEqual(0.003);
    expect(MODEL_RATE_HZ - given).toBeLessThanOrEqual(Math.ceil(resampler.lookaheadSeconds * MODEL_RATE_HZ) + 1);
  });

  it("keeps every output on its place in time across lost input", () => {
    const shape = { sampleRateHz: 48000, audioChannels: 1 };
    const mono = interleave(sine(997, 48000), 1);
    const resampler = new Resampler(shape);

    const before = resampler.push(mono.subarray(0, 10000)).length;
    const missing = resampler.skip(1234);
    const after = resampler.push(mono.subarray(11234)).slice();

    const first = before + missing;
    expect(first).toBe(Math.ceil((11234 * 22050) / 48000));
    const residue = after.map((value, i) => value - Math.sin((2 * Math.PI * 997 * (first + i)) / MODEL_RATE_HZ));
    expect(rmsDb(residue)).toBeLessThan(-75);
  });

  it("turns one sample into one sample", () => {
    expect(resample(Float32Array.of(0.5), { sampleRateHz: 44100, audioChannels: 1 }).length).toBe(1);
  });
});
