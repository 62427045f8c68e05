/** What the beat grid says, in stream time (seconds since the first sample of the stream). */
import type { BeatSource, BeatState, OverrideState } from "@tactus/shared";

/** An announcement, revision or withdrawal of one beat. */
export interface GridEvent {
  beatId: string;
  rev: number;
  state: BeatState;
  /** When the beat falls, stream seconds. */
  time: number;
  /** 1 = downbeat, 0 = unknown. */
  beatInBar: number;
  beatsPerBar: number;
  bar: number;
  bpm: number;
  confidence: number;
  uncertaintyMs: number;
  source: BeatSource;
  /** Stream time at which this was decided. */
  announcedAt: number;
}

/** The grid as it stands. */
export interface GridState {
  music: boolean;
  running: boolean;
  /** Seconds per beat, 0 when not running. */
  period: number;
  /** A beat of the grid, stream seconds, and its place in the bar. */
  anchor: number;
  beatInBar: number;
  beatsPerBar: number;
  bar: number;
  confidence: number;
  alternatives: { bpm: number; share: number }[];
  source: BeatSource;
}

/** OverrideState without the parts only the publisher knows, in stream time. */
export interface OverrideResult extends Pick<OverrideState, "mode" | "octave" | "nudgeMs" | "bpm" | "by" | "refused"> {
  /** Stream seconds. */
  since: number;
  /** Stream seconds, 0 = does not expire. */
  expiresAt: number;
}
