/** Cues and announced sections into what the music is about to do: building up to a drop, without bass, or neither. */
import type { BeatCue, BeatPose } from "../outputs/output.js";

/** A place in the song that is known in advance (the device follows a map of the song). */
export interface UpcomingSection {
  kind: "drop" | "break";
  /** When it falls, monotonic seconds. */
  at: number;
}

export interface SituationOptions {
  /** Beats from the start of a build-up to its drop. */
  buildUpBeats: number;
  /** Low energy below this is no bass. */
  bassBelow: number;
  /** Beats without bass until it is a breakdown. */
  bassGoneAfter: number;
}

export type SituationKind = "steady" | "build-up" | "breakdown";

/** Energy that rises by this much between the last 4 beats and the last 16 is a build-up. */
const RISING_BY = 0.08;
/** Bass that comes back by this much in one beat is a drop. */
const DROP_BY = 0.25;
/** Cues wait here until their beat falls; more than a second of lead at any tempo. */
const MOST_WAITING = 32;

const smooth = (old: number, value: number, beats: number): number => old + (value - old) / beats;

/** Changes on beats only, so that two outputs of one instant see the same. Realtime-safe. */
export class Situation {
  readonly #options: SituationOptions;
  readonly #waiting: BeatCue[] = [];
  #lastBeatId = "";
  #section: UpcomingSection | undefined;
  #beats = 0;
  #fast = 0;
  #slow = 0;
  #low = 0;
  #built = 0;
  #builtAt = 0;
  #rising = false;
  #withoutBass = 0;
  #hadBass = false;

  kind: SituationKind = "steady";
  /** How far into it, [0, 1]. */
  progress = 0;
  /** Drops since the start: each goes on to another look. */
  drops = 0;

  constructor(options: SituationOptions) {
    this.#options = options;
  }

  /** Once per beat; the same beat again is not counted. It counts when it falls. */
  beat(cue: BeatCue): void {
    if (cue.beatId === this.#lastBeatId) return;
    this.#lastBeatId = cue.beatId;
    if (this.#waiting.length === MOST_WAITING) this.#waiting.shift();
    this.#waiting.push(cue);
  }

  /** The next place that is known; undefined when none is. */
  expect(section: UpcomingSection | undefined): void {
    this.#section = section;
  }

  /** Brings `kind` and `progress` to the pose. */
  advance(pose: BeatPose): void {
    while (this.#waiting[0] && this.#waiting[0].dueAt <= pose.at + 1e-6) {
      const cue = this.#waiting.shift();
      if (cue) this.#hear(cue);
    }
    const known = this.#knownBuildUp(pose);
    const built = known ?? this.#builtUpAt(pose);
    const { bassGoneAfter } = this.#options;
    if (built > 0) {
      this.kind = "build-up";
      this.progress = built;
    } else if (this.#hadBass && this.#withoutBass >= bassGoneAfter) {
      this.kind = "breakdown";
      this.progress = Math.min(1, (this.#withoutBass - bassGoneAfter + 1) / 8);
    } else {
      this.kind = "steady";
      this.progress = 0;
    }
  }

  /** Share of the way to a drop that was announced; undefined when there is none near. */
  #knownBuildUp(pose: BeatPose): number | undefined {
    const section = this.#section;
    if (section?.kind !== "drop" || pose.bpm <= 0) return undefined;
    const left = ((section.at - pose.at) * pose.bpm) / 60;
    if (left <= 1e-6) {
      this.#section = undefined;
      this.#drop();
      return undefined;
    }
    const { buildUpBeats } = this.#options;
    return left < buildUpBeats ? 1 - left / buildUpBeats : undefined;
  }

  #builtUpAt(pose: BeatPose): number {
    if (this.#built <= 0) return 0;
    const since = this.#rising ? Math.min(1, Math.max(0, ((pose.at - this.#builtAt) * pose.bpm) / 60)) : 0;
    return Math.min(1, this.#built + since / this.#options.buildUpBeats);
  }

  #hear({ energy, dueAt }: BeatCue): void {
    const { bassBelow, buildUpBeats } = this.#options;
    const loud = (energy.low + energy.mid + energy.high) / 3;
    if (this.#beats === 0) this.#fast = this.#slow = loud;
    const dropped = this.#built > 0.25 && energy.low - this.#low > DROP_BY;
    this.#beats += 1;
    this.#fast = smooth(this.#fast, loud, 4);
    this.#slow = smooth(this.#slow, loud, 16);
    this.#low = energy.low;
    this.#rising = this.#beats > 8 && this.#fast - this.#slow > RISING_BY && !dropped;
    this.#built = Math.max(0, Math.min(1, this.#built + (this.#rising ? 1 : -2) / buildUpBeats));
    this.#builtAt = dueAt;
    if (dropped) this.#drop();
    if (energy.low >= bassBelow) this.#hadBass = true;
    this.#withoutBass = energy.low < bassBelow ? this.#withoutBass + 1 : 0;
  }

  #drop(): void {
    this.drops += 1;
    this.#built = 0;
    this.#rising = false;
    // What was slow to follow follows now: the loudness after a drop is no new build-up.
    this.#slow = this.#fast = Math.max(this.#slow, this.#fast);
  }
}
