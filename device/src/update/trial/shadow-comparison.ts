/** Beats of two models on the same sound into how far they agree. Pure; stream seconds. */
import type { ShadowResult } from "@tactus/shared";

/** Two beats are the same within this, seconds. */
const SAME_S = 0.07;
/** A beat is judged when every partner it may have has fallen, seconds. */
const JUDGED_AFTER_S = 0.5;
/** Half or double: this close to an octave. */
const OCTAVE_SPAN = 0.12;
const FLIP_S = 2;

export const SIDES = ["active", "candidate"] as const;
export type Side = (typeof SIDES)[number];

/** One model after a step. */
export interface SideState {
  music: boolean;
  /** Seconds per beat; 0 = none. */
  period: number;
}

interface Ear {
  /** Not yet judged, and those that may still be partners. */
  beats: { time: number; isJudged: boolean }[];
  count: number;
  alone: number;
  period: number;
  change: number;
}

const ear = (): Ear => ({ beats: [], count: 0, alone: 0, period: 0, change: 0 });

export class ShadowComparison {
  readonly #ears: Record<Side, Ear> = { active: ear(), candidate: ear() };
  #musicS = 0;
  #flips = 0;
  #octaveS = 0;

  /** How many beats of each have fallen. */
  get beats(): Record<Side, number> {
    return { active: this.#ears.active.count, candidate: this.#ears.candidate.count };
  }

  /** A beat that is final. */
  beat(side: Side, { time, period }: { time: number; period: number }): void {
    const own = this.#ears[side];
    own.beats.push({ time, isJudged: false });
    own.count++;
    if (own.period > 0 && period > 0) own.change += Math.abs(period - own.period) / own.period;
    own.period = period;
  }

  /** `seconds` more were heard, up to `now`. */
  step(now: number, seconds: number, state: Record<Side, SideState>): void {
    if (state.active.music) this.#musicS += seconds;
    this.#octave(seconds, state);
    for (const side of SIDES) this.#judge(side, now);
    for (const side of SIDES) {
      const own = this.#ears[side];
      own.beats = own.beats.filter(({ time, isJudged }) => !isJudged || time > now - 2 * JUDGED_AFTER_S);
    }
  }

  /** The stream was interrupted: what waits for a partner is not judged. */
  gap(): void {
    for (const side of SIDES) {
      const own = this.#ears[side];
      own.count -= own.beats.filter(({ isJudged }) => !isJudged).length;
      own.beats = [];
      own.period = 0;
    }
    this.#octaveS = 0;
  }

  result(model: string, hopP99Ms: number): ShadowResult {
    const { active, candidate } = this.#ears;
    const judged = (own: Ear) => own.count - own.beats.filter(({ isJudged }) => !isJudged).length;
    const all = judged(active) + judged(candidate);
    const instability = (own: Ear) => own.change / Math.max(1, own.count - 1);
    return {
      model,
      musicS: Math.round(this.#musicS * 10) / 10,
      disagreement: all === 0 ? 0 : (active.alone + candidate.alone) / all,
      octaveFlips: this.#flips,
      instability: { active: instability(active), candidate: instability(candidate) },
      hopP99Ms,
    };
  }

  #judge(side: Side, now: number): void {
    const own = this.#ears[side];
    const other = this.#ears[side === "active" ? "candidate" : "active"];
    for (const beat of own.beats) {
      if (beat.isJudged || beat.time > now - JUDGED_AFTER_S) continue;
      beat.isJudged = true;
      if (!other.beats.some(({ time }) => Math.abs(time - beat.time) <= SAME_S)) own.alone++;
    }
  }

  #octave(seconds: number, { active, candidate }: Record<Side, SideState>): void {
    const octaves = Math.abs(Math.log2(candidate.period / active.period));
    const isOff = Number.isFinite(octaves) && Math.abs(octaves - 1) <= OCTAVE_SPAN;
    const before = this.#octaveS;
    this.#octaveS = isOff ? before + seconds : 0;
    if (before < FLIP_S && this.#octaveS >= FLIP_S) this.#flips++;
  }
}
