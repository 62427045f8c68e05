/** Cues and the beat that is expected next into bar and beat phase at any instant, for one output. Pure. */
import { wrap } from "@tactus/shared";
import type { BeatCue, Energy } from "../outputs/output.js";
import type { Lattice } from "./beat-lattice.js";

/** Just before a beat that has not come. */
const NEARLY = 1e-6;

/** Where the music is, as the beat clock knows it. */
export interface ClockReading {
  at: number;
  beatPosition: number;
  beatPhase: number;
  barPhase: number;
  beatsPerBar: number;
  bar: number;
  bpm: number;
  confidence: number;
  energy: Energy;
}

/**
 * The position runs in a straight line from where it is to the next beat, wherever that is now known to be: it is whole at
 * each cue, never falls, and a tempo that changes bends the line instead of breaking it.
 */
export class BeatClock {
  #at = Number.NEGATIVE_INFINITY;
  #position = 0;
  /** Cues handed out, not all of them due yet. */
  #count = 0;
  readonly #ahead: { cue: BeatCue; index: number }[] = [];
  #current: { cue: BeatCue; index: number } | undefined;

  cue(cue: BeatCue): void {
    this.#count++;
    this.#ahead.push({ cue, index: this.#count });
  }

  /** `at` must not fall from one call to the next. `expected`: the beat after the last cue. `moving` false: stand still. */
  read(at: number, expected: Lattice | undefined, moving: boolean): ClockReading {
    const time = Math.max(at, this.#at);
    for (let next = this.#ahead[0]; next && next.cue.dueAt <= time; next = this.#ahead[0]) {
      this.#ahead.shift();
      this.#current = next;
      this.#position = Math.max(this.#position, next.index);
      this.#at = Math.max(this.#at, next.cue.dueAt);
    }
    if (moving) this.#advance(time, expected);
    this.#at = time;
    return this.#reading(at, expected);
  }

  #advance(time: number, expected: Lattice | undefined): void {
    const ahead = this.#ahead[0];
    const dueAt = ahead?.cue.dueAt ?? expected?.at;
    if (dueAt === undefined || this.#at === Number.NEGATIVE_INFINITY) return;
    const target = ahead?.index ?? this.#count + 1;
    const share = dueAt > this.#at ? Math.min(1, (time - this.#at) / (dueAt - this.#at)) : 1;
    const reached = this.#position + (target - this.#position) * share;
    this.#position = Math.max(this.#position, Math.min(reached, target - NEARLY));
  }

  #reading(at: number, expected: Lattice | undefined): ClockReading {
    const { cue, index = 0 } = this.#current ?? {};
    const beatsPerBar = cue?.beatsPerBar ?? expected?.beatsPerBar ?? 4;
    const within = this.#position - index;
    const first = cue && cue.beatInBar > 0 ? cue.beatInBar - 1 : index;
    const bars = cue && cue.beatInBar > 0 ? Math.floor((first + within) / beatsPerBar) : 0;
    return {
      at,
      beatPosition: this.#position,
      beatPhase: wrap(this.#position, 1),
      barPhase: wrap(first + within, beatsPerBar),
      beatsPerBar,
      bar: (cue?.bar ?? expected?.bar ?? 0) + bars,
      bpm: expected ? 60 / expected.period : (cue?.bpm ?? 0),
      confidence: cue?.confidence ?? 0,
      energy: cue?.energy ?? { low: 0, mid: 0, high: 0 },
    };
  }
}
