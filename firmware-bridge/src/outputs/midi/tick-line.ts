/** Announced beats into the times of clock ticks: a phase-locked line that bends and never breaks. */
import { TICKS_PER_BEAT } from "./midi-message.js";

/** How far from the announced tempo the clock may run while it catches up. */
const SLOWEST = 0.75;
const FASTEST = 4 / 3;

/**
 * Position in ticks over time: from `at` at `slope` ticks a second until `bendAt`, then at `settledSlope`. Beat b is tick 24 b; there are
 * 24 ticks to every beat, whatever corrections are made. Times are seconds of one monotonic clock.
 */
export class TickLine {
  readonly #spreadBeats: number;
  #at: number;
  #position = 0;
  #slope: number;
  #bendAt: number;
  #settledSlope: number;

  /** Tick 0 falls at `at`. */
  constructor({ at, bpm, spreadBeats }: { at: number; bpm: number; spreadBeats: number }) {
    this.#spreadBeats = spreadBeats;
    this.#at = at;
    this.#bendAt = at;
    this.#slope = this.#settledSlope = slopeOf(bpm);
  }

  /** Ticks, with fraction, at `time`. */
  positionAt(time: number): number {
    const bend = Math.max(this.#at, this.#bendAt);
    if (time <= bend) return this.#position + (time - this.#at) * this.#slope;
    return this.#position + (bend - this.#at) * this.#slope + (time - bend) * this.#settledSlope;
  }

  /** When tick `tick` falls; ticks may have fractions. */
  timeOf(tick: number): number {
    const bend = Math.max(this.#at, this.#bendAt);
    const bendPosition = this.positionAt(bend);
    if (tick <= bendPosition) return this.#at + (tick - this.#position) / this.#slope;
    return bend + (tick - bendPosition) / this.#settledSlope;
  }

  /**
   * A beat falls at `at` with tempo `bpm`: bend from `now` on so that the line meets the beats `spreadBeats` after it, at most a quarter
   * slower or a third faster meanwhile. Returns which beat it was taken for, the nearest one.
   */
  beatAt({ at, bpm, now }: { at: number; bpm: number; now: number }): number {
    const beat = Math.round(this.positionAt(at) / TICKS_PER_BEAT);
    const nominal = slopeOf(bpm);
    const from = Math.max(now, this.#at);
    const position = this.positionAt(from);
    const meetAt = Math.max(at, from) + (this.#spreadBeats * 60) / bpm;
    const meetPosition = beat * TICKS_PER_BEAT + (meetAt - at) * nominal;
    const slope = (meetPosition - position) / (meetAt - from);
    this.#at = from;
    this.#position = position;
    this.#slope = Math.min(nominal * FASTEST, Math.max(nominal * SLOWEST, slope));
    this.#bendAt = meetAt;
    this.#settledSlope = nominal;
    return beat;
  }
}

const slopeOf = (bpm: number) => (bpm * TICKS_PER_BEAT) / 60;
