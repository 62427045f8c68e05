/** The numbers in beat ids into what was missed: hearing counts its beats without a gap, so a gap is a beat nobody noted. Pure. */
import type { BeatMark, BeatNumber } from "../beat-mark.js";

/** Beats of which nothing is known but that they were announced. `atUs`: about when, epoch microseconds. */
export interface MissedBeats {
  count: number;
  atUs: number;
}

export interface BeatNumbersOptions {
  /** For each session the last beat that the outbox knows the end of, from the lives before this one. */
  settled?: readonly BeatNumber[] | undefined;
  /** Nothing is known of the lives before: what they have counted is not counted again. */
  isForgetful?: boolean | undefined;
}

export class BeatNumbers {
  /** Of each session the last beat that was heard of or counted. */
  readonly #last = new Map<string, number>();
  #newest: BeatNumber | undefined;
  readonly #isForgetful: boolean;

  constructor({ settled = [], isForgetful = false }: BeatNumbersOptions = {}) {
    for (const { name, number } of settled) this.#last.set(name, number);
    this.#isForgetful = isForgetful;
  }

  /** The last beat that was heard in this life. */
  get newest(): BeatNumber | undefined {
    return this.#newest;
  }

  /** False: the beat is older than one heard of before, and its fate is settled. */
  isNew({ name, number }: BeatNumber): boolean {
    return number > this.#lastOf(name);
  }

  /** A beat that is new was heard of; returns how many must have been before it that nobody noted. */
  hear(beat: BeatNumber): number {
    const { name, number } = beat;
    const isFirst = this.#isForgetful && !this.#newest;
    const missed = isFirst ? 0 : number - this.#lastOf(name) - 1;
    this.#newest = beat;
    this.#last.set(name, number);
    return missed;
  }

  /** Hearing had announced all up to this mark; returns how many of them nobody noted. */
  learn({ name, number }: BeatMark): number {
    const missed = number - this.#lastOf(name);
    if (missed <= 0) return 0;
    const isOld = this.#isForgetful && !this.#newest;
    this.#last.set(name, number);
    return isOld ? 0 : missed;
  }

  #lastOf(name: string): number {
    return this.#last.get(name) ?? -1;
  }
}
