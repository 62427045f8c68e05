/** Announcements, revisions and withdrawals into the beats that have fallen, as they stood at the end. Pure. */
import type { Beat, BeatPrediction } from "@tactus/shared";
import {
  type BeatNumber,
  BeatNumbers,
  type BeatNumbersOptions,
  beatNumberOf,
  type MissedBeats,
} from "./beat-numbers.js";

/** Nothing about a beat comes later than this after it was due: seconds. */
const SETTLED_S = 0.1;
const MAX_OPEN = 10_000;

/** A beat of the history, dated by both clocks. */
export interface FallenBeat {
  beat: Beat;
  /** Monotonic microseconds of this process: the wall clock may be set meanwhile. */
  monotonicUs: number;
}

interface OpenBeat {
  prediction: BeatPrediction;
  /** Monotonic seconds. */
  dueAt: number;
  number: number | undefined;
}

export class HistoryCollector {
  readonly #open = new Map<string, OpenBeat>();
  readonly #numbers: BeatNumbers;

  constructor(options: BeatNumbersOptions = {}) {
    this.#numbers = new BeatNumbers(options);
  }

  /** The newest beat heard of; undefined before the first one with a number. */
  get newest(): BeatNumber | undefined {
    return this.#numbers.newest;
  }

  /** `now`: monotonic seconds at arrival. Returns the beats that this one shows to have been missed. */
  hear(prediction: BeatPrediction, now: number): MissedBeats[] {
    const known = this.#open.get(prediction.beatId);
    const beat = beatNumberOf(prediction.beatId);
    const dueAt = now + prediction.dueInMs / 1000;
    if (known) {
      if (known.prediction.rev <= prediction.rev) Object.assign(known, { prediction, dueAt });
      return [];
    }
    if (beat && !this.#numbers.isNew(beat)) return [];
    const missed = beat ? this.#numbers.hear(beat, prediction.dueAtUs) : [];
    if (this.#open.size >= MAX_OPEN) return [...missed, { count: 1, atUs: prediction.dueAtUs }];
    this.#open.set(prediction.beatId, { prediction, dueAt, number: beat?.number });
    return missed;
  }

  /** The beats that have fallen since the last call, in the order in which they fell. */
  take(now: number): FallenBeat[] {
    const fallen = [...this.#open].filter(([, beat]) => beat.dueAt + SETTLED_S <= now);
    for (const [beatId] of fallen) this.#open.delete(beatId);
    return fallen
      .map(([, beat]) => beat)
      .filter(({ prediction }) => prediction.state !== "withdrawn")
      .sort((a, b) => a.dueAt - b.dueAt)
      .map(({ prediction, dueAt }) => ({
        beat: beatOf(prediction),
        monotonicUs: Math.max(0, Math.round(dueAt * 1e6)),
      }));
  }

  /** The last beat that is settled with all before it: nothing is open any more up to here. */
  settled(): BeatNumber | undefined {
    const { newest } = this;
    if (!newest) return undefined;
    let number = newest.number;
    for (const open of this.#open.values()) number = Math.min(number, (open.number ?? number + 1) - 1);
    return { ...newest, number };
  }
}

function beatOf({ beatId, dueAtUs, beatInBar, beatsPerBar, bar, bpm, confidence, source }: BeatPrediction): Beat {
  return { beatId, atUs: dueAtUs, beatInBar, beatsPerBar, bar, bpm, confidence, source };
}
