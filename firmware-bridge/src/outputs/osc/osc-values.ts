/** Beats and poses into the numbers that OSC messages can carry. */
import type { BeatCue, BeatPose, OutputMode } from "../output.js";

/** Names usable in a message of the configuration. */
export const VALUE_NAMES = [
  /** Beats sent by this output, from 1. */
  "beat",
  /** 1 = downbeat, 0 = place unknown. */
  "beatInBar",
  /** As `beatInBar`, but counted on from the last known place where it is unknown: never 0. */
  "count",
  "beatsPerBar",
  "bar",
  /** Beats per minute, 0 when nothing is known. */
  "bpm",
  /** [0, 1] */
  "confidence",
  /** [0, 1) inside the beat. */
  "beatPhase",
  /** [0, beatsPerBar) inside the bar, in beats. */
  "barPhase",
  /** [0, 1) inside the bar. */
  "barRamp",
  /** [0, 1) inside the phrase of `phraseBars` bars. */
  "phraseRamp",
  /** 1 = full, 0 = faded out. */
  "level",
  /** Loudness by band, [0, 1]. */
  "low",
  "mid",
  "high",
  /** 1 while beats come (following or free-running), otherwise 0. */
  "active",
] as const;
export type ValueName = (typeof VALUE_NAMES)[number];
export type OscValues = Record<ValueName, number> & { mode: OutputMode };

const BEATING: readonly OutputMode[] = ["following", "free-running"];

export const isBeating = (mode: OutputMode): boolean => BEATING.includes(mode);

/** What is true before the first beat, and at rest: everything 0 but the metre. */
export function restValues(mode: OutputMode): OscValues {
  const zeros = Object.fromEntries(VALUE_NAMES.map((name) => [name, 0])) as Record<ValueName, number>;
  return { ...zeros, count: 1, beatsPerBar: 4, mode };
}

/** `beat` is the number of the cue in this output, from 1. */
export function valuesOfCue(before: OscValues, cue: BeatCue, phraseBars: number): OscValues {
  const { beatInBar, beatsPerBar, bar, bpm, confidence, energy } = cue;
  const count = beatInBar > 0 ? beatInBar : (before.count % beatsPerBar) + 1;
  const barRamp = (count - 1) / beatsPerBar;
  return {
    ...before,
    beat: before.beat + 1,
    ...{ beatInBar, count, beatsPerBar, bar, bpm, confidence },
    ...{ beatPhase: 0, barPhase: count - 1, barRamp, phraseRamp: ((bar % phraseBars) + barRamp) / phraseBars },
    ...{ low: energy.low, mid: energy.mid, high: energy.high, level: 1, active: isBeating(before.mode) ? 1 : 0 },
  };
}

export function valuesOfPose(before: OscValues, pose: BeatPose, phraseBars: number): OscValues {
  const { beatsPerBar, bar, bpm, confidence, beatPhase, barPhase, level, energy, mode } = pose;
  const barRamp = barPhase / beatsPerBar;
  return {
    ...before,
    ...{ beatsPerBar, bar, bpm, confidence, beatPhase, barPhase, level, mode, barRamp },
    ...{ phraseRamp: ((bar % phraseBars) + barRamp) / phraseBars, low: energy.low, mid: energy.mid, high: energy.high },
    active: isBeating(mode) ? 1 : 0,
  };
}
