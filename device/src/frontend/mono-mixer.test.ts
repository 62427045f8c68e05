import { describe, expect, it } from "vitest";
import { MonoMixer } from "./mono-mixer.js";

const RATE = 8000;

/** Mix `seconds` of channels given as functions of the sample index. */
function mix(channels: ((i: number) => number)[], seconds = 3, blockSamples = 100): Float32Array {
  const mixer = new MonoMixer({ audioChannels: channels.length, sampleRateHz: RATE });
  const count = seconds * RATE;
  const samples = new Float32Array(count * channels.length);
  for (let i = 0; i < count; i++)
    for (const [c, channel] of channels.entries()) samples[i * channels.length + c] = channel(i);
  const out = new Float32Array(count);
  for (let at = 0; at < count; at += blockSamples) {
    mixer.mix(samples.subarray(at * channels.length, (at + blockSamples) * channels.length), out, at);
  }
  return out;
}

const tone = (i: number) => 0.5 * Math.sin(i * 0.3);
const other = (i: number) => 0.5 * Math.sin(i * 0.7);
const silence = () => 0;
const peak = (samples: Float32Array) => samples.reduce((most, value) => Math.max(most, Math.abs(value)), 0);

describe("MonoMixer", () => {
  it("gives the mean of ordinary channels", () => {
    const out = mix([tone, other]);

    expect(out[23456]).toBeCloseTo((tone(23456) + other(23456)) / 2, 6);
  });

  it("stops halving a channel whose neighbour has been dead for a second", () => {
    const out = mix([tone, silence]);

    expect(peak(out.subarray(0, RATE))).toBeCloseTo(0.25, 2);
    expect(peak(out.subarray(2 * RATE))).toBeCloseTo(0.5, 2);
  });

  it("hears the one live channel of eight at its full level", () => {
    const out = mix([silence, silence, silence, tone, silence, silence, silence, silence]);

    expect(peak(out.subarray(2 * RATE))).toBeCloseTo(0.5, 2);
  });

  it("takes one channel of a pair that cancels", () => {
    const out = mix([tone, (i) => -tone(i)]);

    expect(peak(out.subarray(0, RATE))).toBeCloseTo(0, 6);
    expect(peak(out.subarray(2 * RATE))).toBeCloseTo(0.5, 2);
  });

  it("keeps its weights through silence, and fades rather than steps", () => {
    const out = mix([(i) => (i < 2 * RATE ? 0 : 0.5), silence], 5);

    const steps = Array.from(out.subarray(2 * RATE + 1), (value, i) => Math.abs(value - (out[2 * RATE + i] as number)));
    expect(Math.max(...steps)).toBeLessThan(0.01);
    expect(out.at(-1)).toBeCloseTo(0.5, 3);
  });

  it("gives the same bits however the input is cut", () => {
    const channels = [tone, silence];

    expect(mix(channels, 3, 1)).toEqual(mix(channels, 3, 24000));
  });
});
