/** The sound that is played for calibration: chirps at uneven distances, which nothing else in a room resembles. Pure. */

export const PLAYED_RATE_HZ = 48000;
const CHIRP_SECONDS = 0.02;
const SWEEP_HZ = { from: 1000, to: 6000 };
/** −8 dB: loud enough for a room, and no strain for its speakers. */
const SIZE = 0.4;
/** Before the first and behind the last: players and sound servers are busy with themselves at the start. */
const LEAD_IN = 1.5;
const LEAD_OUT = 1.2;

export interface ClickTrack {
  /** Mono, 48 kHz, 16 bit. */
  pcm: Int16Array;
  /** Where each chirp begins, seconds from the start of the track. */
  times: number[];
}

/** Distances of 0.75 to 1.05 s, never the same twice in a row, so that an echo cannot be taken for the next chirp. */
export function clickTrack(clicks: number): ClickTrack {
  const times: number[] = [];
  for (let i = 0, at = LEAD_IN; i < clicks; i++) {
    times.push(Math.round(at * PLAYED_RATE_HZ) / PLAYED_RATE_HZ);
    at += 0.75 + 0.05 * ((i * 5) % 7);
  }
  const chirp = chirpAt(PLAYED_RATE_HZ);
  const pcm = new Int16Array(Math.round(((times.at(-1) ?? 0) + LEAD_OUT) * PLAYED_RATE_HZ));
  for (const time of times) {
    const start = Math.round(time * PLAYED_RATE_HZ);
    for (const [i, value] of chirp.entries()) pcm[start + i] = Math.round(32767 * SIZE * value);
  }
  return { pcm, times };
}

/** One chirp, peak about 1: a rising tone that fades in and out. Its correlation with itself has one narrow peak. */
export function chirpAt(sampleRateHz: number): Float64Array {
  const count = Math.round(CHIRP_SECONDS * sampleRateHz);
  const slope = (SWEEP_HZ.to - SWEEP_HZ.from) / CHIRP_SECONDS;
  return Float64Array.from({ length: count }, (_, i) => {
    const time = i / sampleRateHz;
    const window = 0.5 - 0.5 * Math.cos((2 * Math.PI * i) / count);
    return window * Math.sin(2 * Math.PI * (SWEEP_HZ.from * time + (slope * time * time) / 2));
  });
}
