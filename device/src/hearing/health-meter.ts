/** Steps and grid events of the pipeline into how well the box does its musical work, a window at a time. Pure. */
import type { HealthWindow, OverrideAction } from "@tactus/shared";

/** What the meter looks at of a grid event. */
export interface HealthEvent {
  state: "announced" | "revised" | "withdrawn";
  /** Stream seconds at which the beat falls. */
  time: number;
  bpm: number;
  confidence: number;
  source: "tracker" | "map" | "hand";
}

/** What the operator does against the tracker's error; the others are his wish. */
const CORRECTIONS: ReadonlySet<OverrideAction["action"]> = new Set([
  "half",
  "double",
  "shift",
  "downbeat",
  "nudge",
  "tap",
]);
/** Several taps are one correction: stream seconds. */
const ONE_TAPPING_S = 5;
/** What changes so soon after the hand was its doing: stream seconds. */
const BY_HAND_S = 4;
/** So long after the last announced beat none is on its way any more: stream seconds. */
const QUIET_S = 3;
/** The lock is gone when a beat is so many periods overdue. */
const OVERDUE_PERIODS = 1.5;
/** Ratios of tempo that are an octave error, and how near to one counts. */
const OCTAVES = [2, 1 / 2, 3, 1 / 3];
const OCTAVE_SPAN = 0.08;

/** Realtime-safe but for take(): nothing is allocated, each call is O(1). Times are stream seconds and do not go back. */
export class HealthMeter {
  #now = 0;
  #music = false;
  #isLocked = false;
  /** Since when a beat is looked for; NaN = it is not. */
  #searchingSince = Number.NaN;
  /** The last beat that was announced; NaN = none that the next one follows. */
  #beatAt = Number.NaN;
  #period = Number.NaN;
  #handAt = Number.NEGATIVE_INFINITY;
  #tappedAt = Number.NEGATIVE_INFINITY;
  #isDark = false;
  #sum = zero();

  /** Are beats announced, or were a moment ago? */
  get isPlaying(): boolean {
    return this.#now - this.#beatAt < QUIET_S;
  }

  /** Sound up to `time` was heard. */
  step(time: number, music: boolean): void {
    const elapsed = Math.max(0, time - this.#now);
    this.#now = time;
    this.#sum.seconds += elapsed;
    if (this.#isDark) return;
    if (music !== this.#music) this.#musicTurned(music);
    if (!music) return;
    this.#sum.musicS += elapsed;
    if (this.#isLocked && time > this.#beatAt + OVERDUE_PERIODS * this.#period) this.#lose();
    if (this.#isLocked) this.#sum.lockedS += elapsed;
  }

  event({ state, time, bpm, confidence, source }: HealthEvent): void {
    if (state === "revised") return;
    if (state === "withdrawn") {
      this.#sum.beats--;
      this.#sum.confidence -= confidence;
      return;
    }
    this.#sum.beats++;
    this.#sum.confidence += confidence;
    const period = 60 / bpm;
    if (this.#isLocked && source === "tracker" && this.#now - this.#handAt > BY_HAND_S) this.#compare(period);
    this.#beatAt = time;
    this.#period = period;
    this.#lock();
  }

  /** The operator did this, and it was not refused. */
  hand(action: OverrideAction): void {
    this.#handAt = this.#now;
    if (action.action === "blackout") this.#darken(action.on);
    if (action.action === "release") this.#darken(false);
    if (!CORRECTIONS.has(action.action)) return;
    const isSameTapping = action.action === "tap" && this.#now - this.#tappedAt < ONE_TAPPING_S;
    if (action.action === "tap") this.#tappedAt = this.#now;
    if (!isSameTapping) this.#sum.corrections++;
  }

  /** Since the last call. What is searched or locked goes on into the next window. Allocates. */
  take(model: string): HealthWindow {
    const { beats, confidence, ...sum } = this.#sum;
    this.#sum = zero();
    // Beats may be withdrawn in the window after the one that counted them.
    return { model, ...sum, beats: Math.max(0, beats), confidence: Math.max(0, confidence) };
  }

  #musicTurned(music: boolean): void {
    this.#music = music;
    this.#isLocked = false;
    this.#searchingSince = music ? this.#now : Number.NaN;
  }

  #lose(): void {
    this.#isLocked = false;
    this.#searchingSince = this.#now;
  }

  #lock(): void {
    this.#isLocked = true;
    if (Number.isNaN(this.#searchingSince)) return;
    this.#sum.relocks++;
    this.#sum.relockS += this.#now - this.#searchingSince;
    this.#searchingSince = Number.NaN;
  }

  #compare(period: number): void {
    const ratio = period / this.#period;
    this.#sum.periodChange += Math.abs(ratio - 1);
    for (const octave of OCTAVES) if (Math.abs(ratio / octave - 1) < OCTAVE_SPAN) this.#sum.octaveFlips++;
  }

  /** While nothing may be announced the tracker has nothing to show. */
  #darken(on: boolean): void {
    this.#isDark = on;
    this.#isLocked = false;
    this.#music = false;
    this.#searchingSince = Number.NaN;
  }
}

const zero = () => ({
  seconds: 0,
  musicS: 0,
  lockedS: 0,
  beats: 0,
  periodChange: 0,
  octaveFlips: 0,
  relocks: 0,
  relockS: 0,
  confidence: 0,
  corrections: 0,
});
