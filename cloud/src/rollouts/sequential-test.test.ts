import { describe, expect, it } from "vitest";
import { type CountEvidence, halfWidth, logEOfCounts, logEOfMean, logMean, logNormalBelow } from "./sequential-test.js";

const ALPHA = 0.05;
const LOOKS = 200;
const RUNS = 1000;

describe("sequential test", () => {
  it("of means, looked at two hundred times, stops no more than alpha of the candidates that are as bad as allowed", () => {
    expect(shareStopped({ effect: 0.14, devices: 10 })).toBeLessThanOrEqual(ALPHA);
  });

  it("of means finds what is worse, and the more so the worse it is", () => {
    expect(shareStopped({ effect: 0.14 + 0.15, devices: 10 })).toBeGreaterThan(0.7);
    expect(shareStopped({ effect: 0.14 + 0.3, devices: 10 })).toBeGreaterThan(0.99);
    expect(shareStopped({ effect: 0, devices: 10 })).toBeLessThan(0.005);
  });

  it("of counts, looked at two hundred times, stops no more than alpha of the candidates that are as bad as allowed", () => {
    expect(shareOfCountsStopped(1.5)).toBeLessThanOrEqual(ALPHA);
    expect(shareOfCountsStopped(1)).toBeLessThan(0.01);
    expect(shareOfCountsStopped(4)).toBeGreaterThan(0.95);
  });

  it("has a confidence sequence that holds the truth at every one of two hundred looks", () => {
    let missed = 0;
    for (let run = 0; run < RUNS; run++) {
      const ever = pathOf({ effect: 0.2, devices: 10, seed: run }).some(
        ({ difference, variance }) => Math.abs(difference - 0.2) > halfWidth({ variance, scale: 0.25 }, ALPHA),
      );
      missed += Number(ever);
    }

    expect(missed / RUNS).toBeLessThanOrEqual(ALPHA);
  });

  it("knows nothing without information, and averages e-values", () => {
    expect(logEOfMean({ difference: 5, variance: Number.POSITIVE_INFINITY, allowed: 0, scale: 1 })).toBe(0);
    expect(logEOfCounts([], 1.5)).toBe(0);
    expect(Math.exp(logMean([Math.log(1), Math.log(3)]))).toBeCloseTo(2);
    expect(logMean([])).toBe(0);
    expect(Math.exp(logMean([800, 0]) - 800)).toBeCloseTo(0.5);
  });

  it("has the normal distribution right, far out too", () => {
    expect(Math.exp(logNormalBelow(0))).toBeCloseTo(0.5, 6);
    expect(Math.exp(logNormalBelow(1.959964))).toBeCloseTo(0.975, 6);
    expect(logNormalBelow(-10)).toBeCloseTo(-53.2313, 3);
    expect(logNormalBelow(-40)).toBeCloseTo(-804.6084, 3);
    expect(logNormalBelow(40)).toBeCloseTo(0, 9);
  });
});

/** Devices that differ from one another (drift) and from block to block (noise): what one sees after each look. */
function pathOf({ effect, devices, seed }: { effect: number; devices: number; seed: number }) {
  const random = normals(seed);
  const [drift, noise] = [0.08, 0.3];
  const levels = Array.from({ length: devices }, () => effect + drift * random());
  let sum = 0;
  return Array.from({ length: LOOKS }, (_, look) => {
    for (const level of levels) sum += level + noise * random();
    const difference = sum / (devices * (look + 1));
    return { difference, variance: (drift ** 2 + noise ** 2 / (look + 1)) / devices };
  });
}

function shareStopped({ effect, devices }: { effect: number; devices: number }): number {
  let stopped = 0;
  for (let run = 0; run < RUNS; run++) {
    const path = pathOf({ effect, devices, seed: run });
    const isStopped = path.some((seen) => logEOfMean({ ...seen, allowed: 0.14, scale: 0.25 }) >= Math.log(1 / ALPHA));
    stopped += Number(isStopped);
  }
  return stopped / RUNS;
}

/** Ten devices, each with a rate of its own around what its past says. */
function shareOfCountsStopped(ratio: number): number {
  const runs = RUNS / 2;
  let stopped = 0;
  for (let run = 0; run < runs; run++) {
    const random = normals(run + 1);
    const shape = 4;
    const rates = Array.from({ length: 10 }, () => gamma(shape, random) / shape);
    const devices: CountEvidence[] = rates.map(() => ({ count: 0, expected: 0, shape }));
    let isStopped = false;
    for (let look = 0; look < LOOKS && !isStopped; look++) {
      devices.forEach((device, k) => {
        device.expected += 0.05;
        device.count += poisson((rates[k] ?? 0) * 0.05 * ratio, random);
      });
      isStopped = logEOfCounts(devices, 1.5) >= Math.log(1 / ALPHA);
    }
    stopped += Number(isStopped);
  }
  return stopped / runs;
}

/** mulberry32 and Box–Muller: the same numbers for the same seed. */
function normals(seed: number): (() => number) & { uniform(): number } {
  let state = Math.imul(seed + 1, 0x9e3779b1);
  const uniform = () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
  const normal = () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());
  return Object.assign(normal, { uniform });
}

/** Of an integer shape: a sum of exponentials. */
function gamma(shape: number, random: ReturnType<typeof normals>): number {
  let sum = 0;
  for (let k = 0; k < shape; k++) sum -= Math.log(1 - random.uniform());
  return sum;
}

function poisson(mean: number, random: ReturnType<typeof normals>): number {
  let count = 0;
  for (let product = random.uniform(); product > Math.exp(-mean); product *= random.uniform()) count += 1;
  return count;
}
