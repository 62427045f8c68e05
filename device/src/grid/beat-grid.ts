/**
 * The one authority on when the next beats fall. Merges the tracker and the operator's hand, announces a beat once it
 * is due within the lead, revises or withdraws it until it freezes. Pure; all times are stream seconds.
 */
import type { OverrideAction } from "@tactus/shared";
import type { TrackerEstimate } from "../decoder/beat-tracker.js";
import { BarCount, type Numbered } from "./bar-count.js";
import type { GridEvent, GridState, OverrideResult } from "./grid-event.js";
import { type GridNow, Hand } from "./hand.js";
import { firstFrom, following, nearest, type Timeline } from "./timeline.js";

export interface BeatGridOptions {
  lead: number;
  freeze: number;
  session: string;
}

/** A smaller change of a beat's time is not worth a revision, seconds. */
const REVISION_S = 0.004;
/** How much of the tracker's phase a held tempo follows per beat, and up to which share of the period. */
const HELD_FOLLOWS = 0.2;
const HELD_SPAN = 0.15;

interface Pending extends Numbered {
  id: number;
  rev: number;
  time: number;
}

export class BeatGrid {
  private readonly hand = new Hand();
  private readonly count = new BarCount();
  /** Announced and not yet final, in order. */
  private pending: Pending[] = [];
  /** The last beat that can no longer change; undefined before the first. */
  private last: number | undefined;
  private lastPeriod = 0;
  private nextId = 0;
  private estimate: TrackerEstimate | undefined;
  private music = false;
  private now = 0;
  private events: GridEvent[] = [];

  constructor(private options: BeatGridOptions) {}

  /** From the next step on; beats that are announced stay announced. Seconds; `freeze` is at most `lead`. */
  retime(timing: Pick<BeatGridOptions, "lead" | "freeze">): void {
    this.options = { ...this.options, ...timing };
  }

  /** One hop: sound up to `now` was heard. `estimate` is undefined while the tracker has no opinion. */
  advance(now: number, music: boolean, estimate: TrackerEstimate | undefined): GridEvent[] {
    this.now = now;
    this.music = music;
    this.estimate = music ? estimate : undefined;
    this.events = [];
    this.hand.expire(now);
    this.settle();
    const row = this.row();
    if (row) this.plan(row);
    else this.silence();
    return this.events;
  }

  override(action: OverrideAction, at: number, by: string): OverrideResult {
    const grid = this.gridNow(at);
    const refused = this.hand.apply(action, at, by, grid);
    if (refused) return this.hand.result(refused);
    if (action.action === "downbeat") this.count.setDownbeat(this.stepsTo(grid.beatAt as number), action.beatsPerBar);
    if (action.action === "shift") this.count.shift(action.beats);
    if (action.action === "release") this.count.release();
    return this.hand.result();
  }

  overrideState(): OverrideResult {
    return this.hand.result();
  }

  state(): Omit<GridState, "alternatives"> {
    const running = this.period() > 0 && this.last !== undefined;
    return {
      music: this.music,
      running,
      period: running ? this.period() : 0,
      anchor: this.last ?? 0,
      beatInBar: this.count.beatInBar,
      beatsPerBar: this.count.beatsPerBar,
      bar: this.count.bar,
      confidence: running ? this.confidence() : 0,
      source: this.hand.mode === "automatic" ? "tracker" : "hand",
    };
  }

  /** Beats inside the freeze are final: they move from pending to the past. */
  private settle(): void {
    for (;;) {
      const first = this.pending[0];
      if (!first || first.time - this.now > this.options.freeze) return;
      this.pending.shift();
      this.passed(first.time, first);
    }
  }

  private passed(time: number, beat: Numbered): void {
    this.last = time;
    this.count.passed(beat);
    const { hand, estimate } = this;
    if (hand.mode !== "held" || !estimate) return;
    const heard = nearest({ anchor: estimate.nextBeat, spacing: estimate.period }, time) + hand.nudge;
    if (Math.abs(heard - time) < HELD_SPAN * hand.row.spacing) hand.row.anchor += HELD_FOLLOWS * (heard - time);
  }

  /** Where beats may fall now, or undefined when none are to be announced. */
  private row(): Timeline | undefined {
    const { hand, estimate } = this;
    if (hand.blackout) return undefined;
    if (hand.mode === "locked" || (hand.mode === "held" && this.music)) return hand.row;
    if (!estimate || hand.mode === "held") return undefined;
    const spacing = hand.octave === "double" ? estimate.period / 2 : estimate.period;
    return { anchor: estimate.nextBeat + hand.nudge, spacing };
  }

  /** Seconds per announced beat, 0 when none. */
  private period(): number {
    const row = this.row();
    if (!row) return 0;
    return this.hand.mode === "automatic" && this.hand.octave === "half" ? 2 * row.spacing : row.spacing;
  }

  private plan(row: Timeline): void {
    const period = this.period();
    this.forgetOldBeat(period);
    this.lastPeriod = period;
    let previous = this.last;
    for (let step = 0; step < 32; step++) {
      let time =
        previous === undefined ? firstFrom(row, this.now + this.options.freeze) : following(row, previous, period);
      const known = this.pending[step];
      if (!known && time - this.now > this.options.lead) return;
      if (time - this.now < this.options.freeze) {
        if (!known) {
          // Too late to be of use to a rig: it counts, but is not announced.
          this.passed(time, this.number(step + 1, time, row));
          previous = time;
          step--;
          if (time < this.now - 60) return;
          continue;
        }
        time = this.now + this.options.freeze;
      }
      this.place(step, time, this.number(step + 1, time, row));
      previous = time;
    }
  }

  /** After a pause the old beat no longer binds the new ones. */
  private forgetOldBeat(period: number): void {
    if (this.last !== undefined && this.now - this.last > 4 * Math.max(period, this.lastPeriod)) this.last = undefined;
  }

  /** Number of the beat at `time`, `steps` after the last final one. */
  private number(steps: number, time: number, row: Timeline): Numbered {
    const { estimate, hand } = this;
    const trackerCounts = hand.mode === "automatic" && hand.octave === "as-heard" && estimate;
    if (!trackerCounts) return this.count.ahead(steps, undefined);
    const stepsFromNext = Math.round((time - row.anchor) / row.spacing);
    return this.count.ahead(stepsFromNext + 1, estimate.place.beatInBar > 0 ? estimate.place : undefined);
  }

  private place(index: number, time: number, numbered: Numbered): void {
    const known = this.pending[index];
    if (!known) {
      const beat = { id: this.nextId++, rev: 0, time, ...numbered };
      this.pending.push(beat);
      this.emit(beat, "announced");
      return;
    }
    const moved = Math.abs(known.time - time) >= REVISION_S;
    if (!moved && known.beatInBar === numbered.beatInBar && known.beatsPerBar === numbered.beatsPerBar) return;
    Object.assign(known, numbered, { time: moved ? time : known.time, rev: known.rev + 1 });
    this.emit(known, "revised");
  }

  private silence(): void {
    for (const beat of this.pending.splice(0)) {
      beat.rev++;
      this.emit(beat, "withdrawn");
    }
    this.last = undefined;
    if (!this.music && this.hand.mode !== "locked") this.count.release();
  }

  private emit(beat: Pending, state: GridEvent["state"]): void {
    const period = this.period() || this.lastPeriod;
    this.events.push({
      beatId: `${this.options.session}-${beat.id}`,
      rev: beat.rev,
      state,
      time: beat.time,
      beatInBar: beat.beatInBar,
      beatsPerBar: beat.beatsPerBar,
      bar: beat.bar,
      bpm: 60 / period,
      confidence: this.confidence(),
      uncertaintyMs: this.hand.mode === "locked" ? 0 : (this.estimate?.uncertainty ?? 0) * 1000,
      source: this.hand.mode === "automatic" ? "tracker" : "hand",
      announcedAt: this.now,
    });
  }

  private confidence(): number {
    return this.hand.mode === "automatic" ? (this.estimate?.confidence ?? 0) : 1;
  }

  private gridNow(at: number): GridNow {
    const row = this.row();
    const period = this.period();
    if (!row || this.last === undefined) return { now: this.now, period, beatAt: undefined };
    return { now: this.now, period, beatAt: nearest({ anchor: this.last, spacing: period }, at) };
  }

  /** Beats from the last final one to the beat at `time`; may be negative. */
  private stepsTo(time: number): number {
    return Math.round((time - (this.last ?? time)) / (this.period() || 1));
  }
}
