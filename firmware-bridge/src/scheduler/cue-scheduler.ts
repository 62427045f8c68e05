/** Announcements, revisions, withdrawals and the grid into exactly one cue per beat, for one output. Pure. */
import type { AnnouncedBeat, GridReading } from "../feed/feed-event.js";
import type { BeatCue, Energy } from "../outputs/output.js";
import { firstFrom, type Lattice, SAME_BEAT } from "./beat-lattice.js";

/** A cue later than this share of a period is worse than none. */
const TOO_LATE = 0.25;

/**
 * A beat that was filled in stands for an announcement up to this share of a period after it: a device that moves its grid by half a
 * beat would otherwise be played twice within it.
 */
const SAME_AS_FILLED = 0.7;
/** What is past by this is forgotten: seconds. */
const FORGET_S = 4;
const SILENT: Energy = { low: 0, mid: 0, high: 0 };

/** How cues come about now: announced beats and gaps filled, the beat clock alone, or none at all. */
export type CueMode = "announced" | "free-running" | "off";

export interface CueSchedulerOptions {
  /** Subtracted from each beat's time, seconds: positive fires earlier, negative later. */
  latency: number;
  /** How long before `fireAt` the output wants its cue, seconds. */
  leadS: number;
  /** Written into every cue that was announced. Default "announced". */
  source?: "announced" | "metronome";
}

/** The beat that comes next, as far as is known. */
export interface Expected extends Lattice {
  announced?: AnnouncedBeat;
}

export interface CueCounts {
  fired: number;
  filled: number;
  skipped: number;
}

export class CueScheduler {
  readonly #source: "announced" | "metronome";
  readonly #leadS: number;
  #latency: number;
  #mode: CueMode = "off";
  /** No fill falls before the instant at which cues were switched on. */
  #since = Number.POSITIVE_INFINITY;
  readonly #pending = new Map<string, AnnouncedBeat>();
  /** Beats that are over: cued, filled, or withdrawn. */
  readonly #taken = new Map<string, { at: number; withdrawn: boolean }>();
  #withdrawn: number[] = [];
  /** The newest knowledge of where beats are; `#settled` is what stays when the newest is withdrawn. */
  #lattice: Lattice | undefined;
  #settled: Lattice | undefined;
  #latticeId = "";
  #gridRuns = true;
  #lastDue = Number.NEGATIVE_INFINITY;
  #lastWasFilled = false;
  #energy = SILENT;
  #confidence = 0;
  #free = 0;
  #expected: Expected | undefined | null = null;
  readonly counts: CueCounts = { fired: 0, filled: 0, skipped: 0 };

  constructor(options: CueSchedulerOptions) {
    this.#latency = options.latency;
    this.#leadS = options.leadS;
    this.#source = options.source ?? "announced";
  }

  get latency(): number {
    return this.#latency;
  }

  set latency(seconds: number) {
    this.#latency = seconds;
    this.#expected = null;
  }

  /** Seconds per beat; 0 while nothing is known. */
  get period(): number {
    return this.#lattice?.period ?? 0;
  }

  setMode(mode: CueMode, now: number): void {
    if (mode !== "off" && this.#mode === "off") {
      this.#since = now;
      for (const [id, beat] of this.#pending) if (beat.dueAt - this.#latency < now) this.#pending.delete(id);
    }
    this.#mode = mode;
    this.#expected = null;
  }

  announce(beat: AnnouncedBeat): void {
    this.#expected = null;
    const known = this.#pending.get(beat.beatId);
    const taken = this.#taken.get(beat.beatId);
    if (taken?.withdrawn || (known && known.rev > beat.rev)) return;
    if (beat.withdrawn) {
      this.#withdraw(beat);
      return;
    }
    // A beat that was filled before its announcement came is over; where it really was is still worth knowing.
    if (!taken && !this.#isOver(beat)) this.#pending.set(beat.beatId, beat);
    else if (!known) this.#taken.set(beat.beatId, { at: beat.dueAt, withdrawn: false });
    if (this.#mode === "free-running") return;
    this.#energy = beat.energy;
    this.#confidence = beat.confidence;
    this.#gridRuns = true; // a device that announces is running, whatever its last grid said
    const isNewest = beat.beatId === this.#latticeId || beat.dueAt >= (this.#lattice?.at ?? -Infinity);
    if (!isNewest) return;
    this.#lattice = latticeOf(beat);
    this.#latticeId = beat.beatId;
  }

  grid(grid: GridReading): void {
    this.#expected = null;
    if (this.#mode === "free-running") return;
    this.#gridRuns = grid.running;
    this.#withdrawn = [];
    if (!grid.running || grid.period <= 0) return;
    const { anchorAt: at, period, beatInBar, beatsPerBar, bar } = grid;
    this.#settled = { at, period, beatInBar, beatsPerBar, bar };
    this.#confidence = grid.confidence;
    if (!this.#pending.has(this.#latticeId)) this.#lattice = this.#settled;
  }

  /** The next beat: announced, or expected by the beat clock. Undefined while nothing is to be expected. */
  expected(): Expected | undefined {
    if (this.#expected === null) this.#expected = this.#choose();
    return this.#expected;
  }

  /** When `take` gives the next cue; Infinity while nothing is to be expected. */
  nextAt(): number {
    const next = this.expected();
    return next ? next.at - this.#latency - this.#leadS : Number.POSITIVE_INFINITY;
  }

  /** The cue whose time has come, at most one; undefined when there is none. */
  take(now: number): BeatCue | undefined {
    this.#forget(now);
    let next = this.expected();
    while (next && next.at - this.#latency - this.#leadS <= now) {
      this.#pass(next);
      const fireAt = next.at - this.#latency;
      if (now - fireAt <= TOO_LATE * next.period) return this.#cue(next, fireAt);
      this.counts.skipped++;
      if (!next.announced) this.#lastDue = Math.max(this.#lastDue, now + this.#latency - next.period);
      next = this.expected();
    }
    return undefined;
  }

  #withdraw(beat: AnnouncedBeat): void {
    this.#pending.delete(beat.beatId);
    this.#taken.set(beat.beatId, { at: beat.dueAt, withdrawn: true });
    this.#withdrawn.push(beat.dueAt);
    if (this.#latticeId !== beat.beatId || this.#mode === "free-running") return;
    this.#latticeId = "";
    if (this.#settled) this.#lattice = this.#settled;
  }

  #choose(): Expected | undefined {
    if (this.#mode === "off") return undefined;
    const filled = this.#fill();
    if (this.#mode === "free-running") return filled;
    const announced = this.#earliest();
    if (!announced) return filled;
    const isSame = !filled || announced.dueAt < filled.at + SAME_BEAT * announced.period;
    return isSame ? { ...latticeOf(announced), announced } : filled;
  }

  /** Was this beat played already, by its announcement or in its place? */
  #isOver(beat: AnnouncedBeat): boolean {
    return beat.dueAt < this.#lastDue + this.#sameBeat * beat.period;
  }

  get #sameBeat(): number {
    return this.#lastWasFilled ? SAME_AS_FILLED : SAME_BEAT;
  }

  #earliest(): AnnouncedBeat | undefined {
    let first: AnnouncedBeat | undefined;
    for (const beat of this.#pending.values()) {
      if (this.#isOver(beat)) continue;
      if (!first || beat.dueAt < first.dueAt) first = beat;
    }
    return first;
  }

  /** The next beat of the lattice, where it may be played without an announcement. */
  #fill(): Expected | undefined {
    const lattice = this.#lattice;
    if (!lattice || (this.#mode === "announced" && !this.#gridRuns)) return undefined;
    const earliest = this.#since + this.#latency + this.#leadS;
    let next = firstFrom(lattice, Math.max(this.#lastDue + this.#sameBeat * lattice.period, earliest));
    for (let k = 0; k < this.#withdrawn.length && this.#isWithdrawn(next); k++)
      next = firstFrom(lattice, next.at + SAME_BEAT * lattice.period);
    return next;
  }

  #isWithdrawn(beat: Lattice): boolean {
    return this.#withdrawn.some((at) => Math.abs(at - beat.at) < SAME_BEAT * beat.period);
  }

  /** Whatever becomes of it, this beat is over. */
  #pass(beat: Expected): void {
    this.#lastDue = beat.at;
    this.#lastWasFilled = beat.announced === undefined;
    this.#expected = null;
    const id = beat.announced?.beatId;
    if (id === undefined) return;
    this.#pending.delete(id);
    this.#taken.set(id, { at: beat.at, withdrawn: false });
    this.#settled = latticeOf(beat.announced as AnnouncedBeat);
  }

  #cue(beat: Expected, fireAt: number): BeatCue {
    const { announced } = beat;
    this.counts.fired++;
    if (!announced) this.counts.filled++;
    return {
      beatId: announced?.beatId ?? `free-${++this.#free}`,
      dueAt: beat.at,
      fireAt,
      beatInBar: beat.beatInBar,
      beatsPerBar: beat.beatsPerBar,
      bar: beat.bar,
      bpm: 60 / beat.period,
      confidence: announced?.confidence ?? this.#confidence,
      energy: announced?.energy ?? this.#energy,
      source: announced ? this.#source : "free-running",
    };
  }

  /** An announcement for a beat that was filled meanwhile must not come back as another one. */
  #forget(now: number): void {
    const before = now + Math.min(0, this.#latency) - FORGET_S;
    for (const [id, beat] of this.#pending) if (beat.dueAt < before) this.#pending.delete(id);
    for (const [id, { at }] of this.#taken) if (at < before - FORGET_S) this.#taken.delete(id);
    this.#withdrawn = this.#withdrawn.filter((at) => at > before);
  }
}

function latticeOf({ dueAt: at, period, beatInBar, beatsPerBar, bar }: AnnouncedBeat): Lattice {
  return { at, period, beatInBar, beatsPerBar, bar };
}
