/** Announcements, revisions and withdrawals into the beats that have fallen, as they stood at the end, and those nobody noted. Pure. */
import type { Beat, BeatPrediction } from "@tactus/shared";
import { type BeatMark, type BeatNumber, beatNumberOf } from "../beat-mark.js";
import { BeatNumbers, type BeatNumbersOptions, type MissedBeats } from "./beat-numbers.js";

/** Nothing about a beat comes later than this after it was due: seconds. */
const SETTLED_S = 0.1;
const MAX_OPEN = 10_000;

/** A beat of the history, dated by both clocks. */
export interface FallenBeat {
  beat: Beat;
  /** Monotonic microseconds of this process: the wall clock may be set meanwhile. */
  monotonicUs: number;
}

/** What has become of all beats up to `settled()`. */
export interface SettledBeats {
  /** In the order in which they fell. */
  fallen: FallenBeat[];
  missed: MissedBeats[];
}

interface OpenBeat {
  prediction: BeatPrediction;
  /** Monotonic seconds. */
  dueAt: number;
}

/** One beat, or some that nobody noted. */
interface Entry {
  /** What is settled with it: this beat of its session and all before it. Undefined for a beat without a number. */
  upTo: BeatNumber | undefined;
  open: OpenBeat | undefined;
  missed: MissedBeats | undefined;
}

export class HistoryCollector {
  /** In the order of their numbers, and taken in that order: so one number for each session says what is settled. */
  #queue: Entry[] = [];
  readonly #open = new Map<string, OpenBeat>();
  readonly #numbers: BeatNumbers;
  readonly #settled = new Map<string, number>();

  constructor(options: BeatNumbersOptions = {}) {
    this.#numbers = new BeatNumbers(options);
    for (const { name, number } of options.settled ?? []) this.#settled.set(name, number);
  }

  /** The last beat that was heard in this life; undefined before the first one with a number. */
  get newest(): BeatNumber | undefined {
    return this.#numbers.newest;
  }

  /** `now`: monotonic seconds at arrival. */
  hear(prediction: BeatPrediction, now: number): void {
    const dueAt = now + prediction.dueInMs / 1000;
    const known = this.#open.get(prediction.beatId);
    if (known) {
      if (known.prediction.rev <= prediction.rev) Object.assign(known, { prediction, dueAt });
      return;
    }
    const beat = beatNumberOf(prediction.beatId);
    const atUs = prediction.dueAtUs;
    if (beat) {
      if (!this.#numbers.isNew(beat)) return;
      this.#miss({ count: this.#numbers.hear(beat), atUs }, { name: beat.name, number: beat.number - 1 });
    }
    if (this.#open.size >= MAX_OPEN) {
      this.#miss({ count: 1, atUs }, beat);
      return;
    }
    const open = { prediction, dueAt };
    this.#open.set(prediction.beatId, open);
    this.#queue.push({ upTo: beat, open, missed: undefined });
  }

  /** Hearing had announced all up to this mark, and what was not heard by now will not be. Told twice it counts once. */
  learn(mark: BeatMark): void {
    const { name, number, atUs } = mark;
    this.#miss({ count: this.#numbers.learn(mark), atUs }, { name, number });
  }

  isSettled({ name, number }: BeatNumber): boolean {
    return number <= (this.#settled.get(name) ?? -1);
  }

  /** The beats that are settled since the last call. */
  take(now: number): SettledBeats {
    const stillOpen = this.#queue.findIndex(({ open }) => open && open.dueAt + SETTLED_S > now);
    const settled = this.#queue.splice(0, stillOpen < 0 ? this.#queue.length : stillOpen);
    for (const { upTo, open } of settled) {
      if (upTo) this.#settled.set(upTo.name, upTo.number);
      if (open) this.#open.delete(open.prediction.beatId);
    }
    return {
      fallen: settled
        .flatMap(({ open }) => (open && open.prediction.state !== "withdrawn" ? [open] : []))
        .sort((a, b) => a.dueAt - b.dueAt)
        .map(({ prediction, dueAt }) => ({
          beat: beatOf(prediction),
          monotonicUs: Math.max(0, Math.round(dueAt * 1e6)),
        })),
      missed: settled.flatMap(({ missed }) => missed ?? []),
    };
  }

  /** Of each session the last beat that is settled with all before it. */
  settled(): BeatNumber[] {
    return [...this.#settled].map(([name, number]) => ({ name, number }));
  }

  /** Of these beats nobody will know the end; `upTo` is the last of them. */
  #miss(missed: MissedBeats, upTo: BeatNumber | undefined): void {
    if (missed.count <= 0) return;
    const last = this.#queue.at(-1);
    const isFull = this.#open.size >= MAX_OPEN; // or the queue would grow without an end
    if (!isFull || !last?.missed || last.upTo?.name !== upTo?.name) {
      this.#queue.push({ upTo, open: undefined, missed });
      return;
    }
    last.missed = { count: last.missed.count + missed.count, atUs: missed.atUs };
    last.upTo = upTo;
  }
}

function beatOf({ beatId, dueAtUs, beatInBar, beatsPerBar, bar, bpm, confidence, source }: BeatPrediction): Beat {
  return { beatId, atUs: dueAtUs, beatInBar, beatsPerBar, bar, bpm, confidence, source };
}
