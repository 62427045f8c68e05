/** The operator's hand: what it holds, since when, and when it lets go. Pure; all times are stream seconds. */
import type { OverrideAction } from "@tactus/shared";
import type { OverrideResult } from "./grid-event.js";
import { TapTempo } from "./tap-tempo.js";
import type { Timeline } from "./timeline.js";

/** A held or tapped tempo falls back to the tracker after this long without a new command, seconds. */
const HOLD_EXPIRES_S = 600;

/** What the grid is doing when a command comes. */
export interface GridNow {
  /** Stream seconds now. */
  now: number;
  /** Seconds per announced beat, 0 when nothing runs. */
  period: number;
  /** Nearest announced or expected beat to the command's time; undefined when nothing runs. */
  beatAt: number | undefined;
}

export class Hand {
  private readonly taps = new TapTempo();
  private by = "";
  private since = 0;
  private expiresAt = 0;
  mode: "automatic" | "held" | "locked" = "automatic";
  octave: "as-heard" | "half" | "double" = "as-heard";
  blackout = false;
  /** Added to every beat time, seconds. */
  nudge = 0;
  /** Row of beats the hand holds, when mode is held or locked. */
  row: Timeline = { anchor: 0, spacing: 0.5 };

  /** Returns the reason when the command cannot be done. Bar commands (downbeat, shift) belong to the numbering. */
  apply(action: OverrideAction, at: number, by: string, grid: GridNow): string {
    const refused = this.perform(action, at, grid);
    if (refused) return refused;
    this.by = by;
    this.since = grid.now;
    this.expiresAt = this.mode === "held" ? grid.now + HOLD_EXPIRES_S : 0;
    return "";
  }

  /** Let go of what has expired. */
  expire(now: number): void {
    if (this.expiresAt > 0 && now >= this.expiresAt) this.release();
  }

  release(): void {
    this.mode = "automatic";
    this.octave = "as-heard";
    this.blackout = false;
    this.nudge = 0;
    this.expiresAt = 0;
    this.taps.reset();
  }

  result(refused = ""): OverrideResult {
    const holding = this.mode !== "automatic";
    return {
      mode: this.blackout ? "blackout" : holding ? this.mode : this.octave === "as-heard" ? "automatic" : "octave",
      octave: this.octave,
      nudgeMs: Math.round(this.nudge * 1000),
      bpm: holding ? 60 / this.row.spacing : 0,
      by: this.by,
      refused,
      since: this.since,
      expiresAt: this.expiresAt,
    };
  }

  private perform(action: OverrideAction, at: number, grid: GridNow): string {
    switch (action.action) {
      case "tap":
        return this.tap(at);
      case "nudge":
        this.nudge += action.ms / 1000;
        if (this.mode !== "automatic") this.row.anchor += action.ms / 1000;
        return "";
      case "half":
        return this.changeOctave("half", grid);
      case "double":
        return this.changeOctave("double", grid);
      case "hold":
        return this.hold(grid, action.bpm);
      case "lock":
        return this.lock(grid);
      case "release":
        this.release();
        return "";
      case "blackout":
        this.blackout = action.on;
        return "";
      default:
        return grid.beatAt === undefined ? "No beat is running: tap the tempo first" : "";
    }
  }

  private tap(at: number): string {
    const tapped = this.taps.tap(at);
    if (!tapped) return "";
    if (this.mode === "automatic") this.mode = "held";
    this.octave = "as-heard";
    this.row = { anchor: tapped.anchor, spacing: tapped.period };
    return "";
  }

  private changeOctave(to: "half" | "double", grid: GridNow): string {
    if (grid.beatAt === undefined) return "No beat is running: nothing to halve or double";
    if (this.mode !== "automatic") {
      const spacing = to === "half" ? this.row.spacing * 2 : this.row.spacing / 2;
      if (spacing < 0.15 || spacing > 3) return `${Math.round(60 / spacing)} bpm is outside 20 to 400`;
      this.row = { anchor: grid.beatAt, spacing };
      return "";
    }
    this.octave = this.octave === "as-heard" ? to : this.octave === to ? to : "as-heard";
    return "";
  }

  private hold(grid: GridNow, bpm: number | undefined): string {
    if (bpm === undefined && grid.period === 0) return "No tempo to hold: give bpm, or tap";
    const spacing = bpm === undefined ? grid.period : 60 / bpm;
    this.row = { anchor: grid.beatAt ?? grid.now, spacing };
    this.mode = "held";
    this.octave = "as-heard";
    return "";
  }

  private lock(grid: GridNow): string {
    if (this.mode === "automatic") {
      const refused = this.hold(grid, undefined);
      if (refused) return refused;
    }
    this.mode = "locked";
    return "";
  }
}
