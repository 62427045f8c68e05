/** A pose into sound levels: three bands of loudness and the beat, shaped into what a microphone's spectrum would look like. */
import type { BeatPose, Energy, OutputMode } from "../output.js";
import { type AudioSync, BANDS } from "./wled-packet.js";

export type Levels = Omit<AudioSync, "peak" | "frameCounter">;

export const SILENCE: Levels = {
  sampleRaw: 0,
  sampleSmooth: 0,
  bands: new Array<number>(BANDS).fill(0),
  magnitude: 0,
  majorPeakHz: 1,
};

/** Band centres of WLED's 16, hertz: their share of low, mid and high follows from where they lie. */
const CENTRES_HZ = [62, 107, 172, 258, 365, 495, 689, 969, 1270, 1658, 2153, 2713, 3359, 4091, 5000, 7106];
/** Where low gives way to mid, and mid to high. */
const LOW_MID_HZ = 250;
const MID_HIGH_HZ = 2500;
/** A hit falls to a third after this part of a beat: bass rings longer than a hi-hat. */
const DECAY = { low: 0.45, mid: 0.35, high: 0.2 };
/** What stays between hits: music is never silent between beats. */
const FLOOR = 0.35;
/** A beat is heard, so something is at least this loud while beats come. [0, 1] */
const LEAST_LOW = 0.25;

export const isDark = (mode: OutputMode): boolean => mode === "idle" || mode === "blackout" || mode === "released";

/** `gain` multiplies everything. Beats shape the levels while they come; held levels stay as they are, without hits. */
export function levelsOf(pose: Pick<BeatPose, "beatPhase" | "energy" | "mode" | "level">, gain: number): Levels {
  const { mode, level } = pose;
  if (isDark(mode)) return SILENCE;
  const hits = mode !== "holding";
  const energy = hits ? { ...pose.energy, low: Math.max(LEAST_LOW, pose.energy.low) } : pose.energy;
  const scale = gain * level;
  const now = enveloped(energy, (decay) => (hits ? hitAt(pose.beatPhase, decay) : FLOOR + (1 - FLOOR) / 2));
  const bands = CENTRES_HZ.map((hz) => 254 * scale * bandOf(now, hz));
  const loudest = Math.max(...bands);
  return {
    sampleRaw: 255 * scale * loudnessOf(now),
    sampleSmooth: 255 * scale * loudnessOf(enveloped(energy, () => FLOOR + (1 - FLOOR) / 2)),
    bands,
    magnitude: 16 * loudest,
    majorPeakHz: loudest > 0 ? (CENTRES_HZ[bands.indexOf(loudest)] ?? 1) : 1,
  };
}

/** 1 at the beat, falling towards the floor. */
const hitAt = (beatPhase: number, decay: number): number => FLOOR + (1 - FLOOR) * Math.exp(-beatPhase / decay);

const enveloped = (energy: Energy, envelope: (decay: number) => number): Energy => ({
  low: energy.low * envelope(DECAY.low),
  mid: energy.mid * envelope(DECAY.mid),
  high: energy.high * envelope(DECAY.high),
});

const loudnessOf = ({ low, mid, high }: Energy): number => Math.min(1, 0.5 * low + 0.3 * mid + 0.2 * high);

/** Energy at a frequency: the three bands, each fading into the next over two octaves; less towards the edges. */
function bandOf({ low, mid, high }: Energy, hz: number): number {
  const toMid = fade(hz / LOW_MID_HZ);
  const toHigh = fade(hz / MID_HIGH_HZ);
  const tilt = 1 - 0.06 * Math.abs(Math.log2(hz / 110)) * (hz > 110 ? 1 : 0.5);
  return Math.min(1, (low * (1 - toMid) + mid * toMid * (1 - toHigh) + high * toHigh) * tilt);
}

/** 0 an octave below, 1 an octave above. */
const fade = (ratio: number): number => Math.min(1, Math.max(0, (Math.log2(ratio) + 1) / 2));
