/** Triangular mel filters as sparse rows. The definition is models/beat_model/frontend.py; golden vectors hold the two together. */
import { BANDS, SAMPLE_RATE_HZ, WINDOW_SAMPLES } from "./feature-frame.js";

const LOW_HZ = 30;
const HIGH_HZ = 10000;
/** No filter is narrower, so that no low band is empty. */
const MIN_WIDTH_BINS = 2.2;

const hzToMel = (hz: number): number => 2595 * Math.log10(1 + hz / 700);
const melToHz = (mel: number): number => 700 * (10 ** (mel / 2595) - 1);

/** One filter: its first FFT bin and its weights, which sum to 1. */
export interface MelFilter {
  firstBin: number;
  weights: Float32Array;
}

function edgeBins(): number[] {
  const low = hzToMel(LOW_HZ);
  const step = (hzToMel(HIGH_HZ) - low) / (BANDS + 1);
  return Array.from({ length: BANDS + 2 }, (_, i) => (melToHz(low + i * step) * WINDOW_SAMPLES) / SAMPLE_RATE_HZ);
}

function filterBetween(left: number, centre: number, right: number): MelFilter {
  const firstBin = Math.max(0, Math.floor(left) + 1);
  const lastBin = Math.min(WINDOW_SAMPLES / 2, Math.ceil(right) - 1);
  const raw: number[] = [];
  for (let bin = firstBin; bin <= lastBin; bin++) {
    raw.push(Math.max(0, Math.min((bin - left) / (centre - left), (right - bin) / (right - centre))));
  }
  const sum = raw.reduce((a, b) => a + b, 0);
  return { firstBin, weights: Float32Array.from(raw, (w) => w / sum) };
}

/** The 64 filters, low to high. */
export function melFilterbank(): MelFilter[] {
  const edges = edgeBins();
  return Array.from({ length: BANDS }, (_, band) => {
    const centre = edges[band + 1] as number;
    const left = Math.min(edges[band] as number, centre - MIN_WIDTH_BINS / 2);
    const right = Math.max(edges[band + 2] as number, centre + MIN_WIDTH_BINS / 2);
    return filterBetween(left, centre, right);
  });
}
