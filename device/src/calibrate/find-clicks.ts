/** A recording of the room into the delays at which the chirps were heard. Pure. */
import { chirpAt } from "./click-track.js";

export interface RoomRecording {
  sampleRateHz: number;
  /** Mono. */
  samples: Float32Array;
  /** Monotonic seconds at which sample `index` was captured. */
  timeOf(index: number): number;
}

export interface OffsetResult {
  /** Median delay, milliseconds. */
  medianMs: number;
  /** Width of the middle 80 % of the delays, milliseconds. */
  spreadMs: number;
  /** How many chirps were recognised. */
  found: number;
}

/** Where a chirp is looked for around the moment it left the loudspeaker, seconds. */
const WINDOW = { before: 0.15, after: 0.6 };
/** A share of 1 = the chirp itself and nothing else; a reverberant room gives 0.3 and more, noise 0.15. */
const LEAST_LIKENESS = 0.25;

/** Delay of each recognised chirp, seconds: captured minus played. `playedAt`: monotonic seconds. */
export function findDelays(recording: RoomRecording, playedAt: readonly number[]): number[] {
  const chirp = chirpAt(recording.sampleRateHz);
  return playedAt.flatMap((time) => {
    const at = bestMatch(recording, { chirp, from: time - WINDOW.before, to: time + WINDOW.after });
    return at === undefined ? [] : [recording.timeOf(at) - time];
  });
}

export function summarise(delays: readonly number[]): OffsetResult {
  const sorted = [...delays].sort((a, b) => a - b);
  const quantile = (share: number) => {
    const place = share * (sorted.length - 1);
    const [low, high] = [sorted[Math.floor(place)] ?? 0, sorted[Math.ceil(place)] ?? 0];
    return low + (high - low) * (place - Math.floor(place));
  };
  return { medianMs: 1000 * quantile(0.5), spreadMs: 1000 * (quantile(0.9) - quantile(0.1)), found: sorted.length };
}

/** Index, between samples, at which the chirp begins; undefined when nothing there is like it. */
function bestMatch(
  recording: RoomRecording,
  search: { chirp: Float64Array; from: number; to: number },
): number | undefined {
  const { samples, sampleRateHz } = recording;
  const { chirp } = search;
  const indexAt = (time: number) => Math.round((time - recording.timeOf(0)) * sampleRateHz);
  const first = Math.max(0, indexAt(search.from));
  const last = Math.min(samples.length - chirp.length, indexAt(search.to));
  let best = { at: -1, likeness: LEAST_LIKENESS };
  for (let at = first; at < last; at++) {
    const value = likeness(samples, at, chirp);
    if (value > best.likeness) best = { at, likeness: value };
  }
  if (best.at < 0) return undefined;
  const [left, middle, right] = [-1, 0, 1].map((step) => likeness(samples, best.at + step, chirp)) as [
    number,
    number,
    number,
  ];
  // The peak of the parabola through the three highest points.
  const curve = left - 2 * middle + right;
  return best.at + (curve < 0 ? (left - right) / (2 * curve) : 0);
}

/** Correlation coefficient of the recording at `at` with the chirp, [0, 1]; the sign does not matter. */
function likeness(samples: Float32Array, at: number, chirp: Float64Array): number {
  let [product, power, chirpPower] = [0, 0, 0];
  for (let i = 0; i < chirp.length; i++) {
    const value = samples[at + i] ?? 0;
    const wanted = chirp[i] as number;
    product += value * wanted;
    power += value * value;
    chirpPower += wanted * wanted;
  }
  return power < 1e-9 ? 0 : Math.abs(product) / Math.sqrt(power * chirpPower);
}
