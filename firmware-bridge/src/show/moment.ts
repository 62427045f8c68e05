/** A pose into what effects ask about: where on the grid, how fast, how loud, how far into a build-up. */
import { wrap } from "@tactus/shared";
import type { BeatPose, Energy } from "../outputs/output.js";

/** Flashes a second that a repeating effect plans for where the limiter watches: a little below the three of WCAG 2.3.1. */
export const PLANNED_FLASHES_HZ = 2.95;

/** One object, filled anew for each frame. */
export interface Moment {
  /** Beats on the grid of bars: whole on the beat, a multiple of `beatsPerBar` on the downbeat. */
  position: number;
  /** Beats since the bridge began to follow, never falls: for what must not jump. */
  beatPosition: number;
  bar: number;
  /** Beats since the downbeat. */
  inBar: number;
  beatsPerBar: number;
  /** 0 when nothing is known. */
  bpm: number;
  energy: Energy;
  /** How far into a build-up or breakdown, [0, 1]. */
  progress: number;
  /** Colours of the look, three values each. */
  palette: Float32Array;
}

export function createMoment(): Moment {
  return {
    position: 0,
    beatPosition: 0,
    bar: 0,
    inBar: 0,
    beatsPerBar: 4,
    bpm: 0,
    energy: { low: 0, mid: 0, high: 0 },
    progress: 0,
    palette: new Float32Array([1, 1, 1]),
  };
}

/** Exactly on the beat where the pose says so: the bar's phase is only asked which beat it is. Allocates nothing. */
export function placeMoment(moment: Moment, pose: BeatPose): void {
  const perBar = Math.max(1, pose.beatsPerBar);
  const beat = Math.round(pose.barPhase - pose.beatPhase);
  moment.beatsPerBar = perBar;
  moment.inBar = wrap(beat, perBar) + pose.beatPhase;
  moment.bar = pose.bar + Math.floor(beat / perBar);
  moment.position = moment.bar * perBar + moment.inBar;
  moment.beatPosition = pose.beatPosition;
  moment.bpm = pose.bpm;
  moment.energy = pose.energy;
}

/** Which step of a grid of `every` beats it is. A hair's breadth before a step counts as on it. */
export function stepAt(position: number, every: number): number {
  const steps = position / every;
  const nearest = Math.round(steps);
  return Math.abs(steps - nearest) < 1e-6 ? nearest : Math.floor(steps);
}

/** Beats since that step began, [0, every). */
export function sinceStep(position: number, every: number): number {
  return Math.max(0, position - stepAt(position, every) * every);
}

/** `every`, doubled until something that flashes once in it does so less than three times a second. */
export function calmEvery(every: number, bpm: number): number {
  let calm = every;
  while (bpm > calm * 60 * PLANNED_FLASHES_HZ) calm *= 2;
  return calm;
}
