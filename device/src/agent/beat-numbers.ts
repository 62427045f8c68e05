/** The numbers in beat ids into what was missed: hearing counts its beats without a gap, so a gap is a beat nobody noted. Pure. */

/** One beat of one session of hearing. */
export interface BeatNumber {
  /** Hearing's session: what comes before the number. */
  name: string;
  number: number;
}

/** The newest beat that was heard of, and when it was due: epoch microseconds. */
export interface BeatMark extends BeatNumber {
  atUs: number;
}

/** Beats of which nothing is known but that they were announced. `atUs`: about when, epoch microseconds. */
export interface MissedBeats {
  count: number;
  atUs: number;
}

export interface BeatNumbersOptions {
  /** The last beat that the outbox knows the end of, from the life before this one. */
  settled?: BeatNumber | undefined;
  /** The newest beat heard of in the life before this one. */
  mark?: BeatMark | undefined;
}

const NUMBERED = /^(.+)-(0|[1-9]\d{0,14})$/s;

/** Undefined for an id that holds no number. */
export function beatNumberOf(beatId: string): BeatNumber | undefined {
  const parts = NUMBERED.exec(beatId);
  return parts?.[1] === undefined ? undefined : { name: parts[1], number: Number(parts[2]) };
}

export class BeatNumbers {
  #newest: BeatNumber | undefined;
  /** Of the life before: gone for good once another session of hearing is heard. */
  #mark: BeatMark | undefined;

  constructor({ settled, mark }: BeatNumbersOptions = {}) {
    this.#newest = settled;
    this.#mark = mark;
  }

  get newest(): BeatNumber | undefined {
    return this.#newest;
  }

  /** False: the beat is older than one heard of before, and its fate is settled. */
  isNew({ name, number }: BeatNumber): boolean {
    return this.#newest?.name !== name || number > this.#newest.number;
  }

  /** A beat that is new was heard of; returns what must have been before it. `atUs`: when it is due. */
  hear(beat: BeatNumber, atUs: number): MissedBeats[] {
    const before = this.#newest;
    const mark = this.#mark;
    this.#newest = beat;
    this.#mark = undefined;
    if (before?.name === beat.name) return some(beat.number - before.number - 1, atUs);
    return [...tailOf(mark, { before, now: beat }), ...some(beat.number, atUs)];
  }
}

/** What a session of hearing that has ended had announced, after its last beat that is settled (−1: none is). */
function tailOf(mark: BeatMark | undefined, { before, now }: { before: BeatNumber | undefined; now: BeatNumber }) {
  if (!mark || mark.name === now.name) return [];
  return some(mark.number - (before?.name === mark.name ? before.number : -1), mark.atUs);
}

const some = (count: number, atUs: number): MissedBeats[] => (count > 0 ? [{ count, atUs }] : []);
