import { describe, expect, it } from "vitest";
import { chirpAt, clickTrack, PLAYED_RATE_HZ } from "./click-track.js";
import { findDelays, type RoomRecording, summarise } from "./find-clicks.js";

const RATE = 22050;
const START = 1000;

/** A room that hears chirps at these monotonic seconds. */
function room(
  heardAt: number[],
  options: { noise?: number; size?: number; echo?: number; seconds?: number } = {},
): RoomRecording {
  const { noise = 0.001, size = 0.1, echo = 0, seconds = 20 } = options;
  const chirp = chirpAt(RATE);
  const samples = Float32Array.from({ length: seconds * RATE }, () => noise * 2 * (Math.random() - 0.5));
  const add = (time: number, gain: number) => {
    const start = (time - START) * RATE;
    const whole = Math.floor(start);
    // Between samples, by weighing the two neighbours.
    for (const [i, value] of chirp.entries()) {
      samples[whole + i] = (samples[whole + i] ?? 0) + gain * value * (1 - (start - whole));
      samples[whole + i + 1] = (samples[whole + i + 1] ?? 0) + gain * value * (start - whole);
    }
  };
  for (const time of heardAt) {
    add(time, size);
    if (echo) for (const late of [0.013, 0.031, 0.047, 0.071]) add(time + late, size * echo);
  }
  return { sampleRateHz: RATE, samples, timeOf: (index) => START + index / RATE };
}

const played = clickTrack(15).times.map((time) => START + time);
const delayed = (delay: number) => played.map((time) => time + delay);

describe("findDelays()", () => {
  it.each([-0.05, 0, 0.0123, 0.2345, 0.55])("finds a delay of %f s to a twentieth of a millisecond", (delay) => {
    const result = summarise(findDelays(room(delayed(delay)), played));

    expect(result.found).toBe(15);
    expect(result.medianMs).toBeCloseTo(delay * 1000, 1);
    expect(result.spreadMs).toBeLessThan(0.1);
  });

  it("finds it in a noisy room with echoes, at the wrong polarity", () => {
    const result = summarise(findDelays(room(delayed(0.08), { noise: 0.05, size: -0.1, echo: 0.6 }), played));

    expect(result.found).toBeGreaterThanOrEqual(13);
    expect(result.medianMs).toBeCloseTo(80, 0);
  });

  it("finds nothing where there is only noise, or silence", () => {
    expect(findDelays(room([], { noise: 0.1 }), played)).toEqual([]);
    expect(findDelays(room([], { noise: 0 }), played)).toEqual([]);
  });

  it("leaves out the clicks that were not heard, and the recording does not reach", () => {
    const result = findDelays(room(delayed(0.1).slice(0, 6), { seconds: 8 }), played);

    expect(result.length).toBe(6);
  });
});

describe("summarise()", () => {
  it("gives the median and the width of the middle, which one stray does not move", () => {
    const delays = [0.05, 0.051, 0.049, 0.052, 0.05, 0.048, 0.05, 0.051, 0.05, 0.049, 0.4];

    const { medianMs, spreadMs, found } = summarise(delays);

    expect(medianMs).toBeCloseTo(50, 5);
    expect(spreadMs).toBeLessThan(5);
    expect(found).toBe(11);
  });

  it("stands having found nothing", () => {
    expect(summarise([])).toEqual({ medianMs: 0, spreadMs: 0, found: 0 });
  });
});

describe("clickTrack()", () => {
  it("spaces its chirps unevenly and begins each where it says", () => {
    const { pcm, times } = clickTrack(12);

    const gaps = times.slice(1).map((time, i) => time - (times[i] as number));
    expect(Math.min(...gaps)).toBeGreaterThan(0.74);
    expect(new Set(gaps.map((gap) => gap.toFixed(2))).size).toBeGreaterThan(5);
    for (const time of times) {
      const start = Math.round(time * PLAYED_RATE_HZ);
      expect(pcm.subarray(start - 100, start).every((value) => value === 0)).toBe(true);
      expect(Math.max(...pcm.subarray(start, start + 960))).toBeGreaterThan(10000);
    }
  });
});
