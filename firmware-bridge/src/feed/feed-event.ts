/** What the feed hands on: a device's messages in the bridge's own time. */
import type { LevelsMessage } from "@tactus/shared";

/** A beat that was announced, revised or withdrawn. Times are seconds of the bridge's monotonic clock. */
export interface AnnouncedBeat {
  beatId: string;
  rev: number;
  withdrawn: boolean;
  /** When it is heard in the room. */
  dueAt: number;
  /** 1 = downbeat, 0 = unknown. */
  beatInBar: number;
  beatsPerBar: number;
  bar: number;
  /** Seconds per beat. */
  period: number;
  /** [0, 1] */
  confidence: number;
  /** Loudness by band, [0, 1]. */
  energy: { low: number; mid: number; high: number };
}

/** The device's grid as it stands. */
export interface GridReading {
  music: boolean;
  running: boolean;
  /** Seconds per beat; 0 when not running. */
  period: number;
  /** A beat of the grid. */
  anchorAt: number;
  beatInBar: number;
  beatsPerBar: number;
  bar: number;
  confidence: number;
  /** The operator's hand or a map decides, not the tracker: never uncertain. */
  sure: boolean;
  /** The device vouches for it until then. */
  validUntil: number;
}

export interface FeedEvents {
  onBeat(beat: AnnouncedBeat): void;
  onGrid(grid: GridReading): void;
  onLevels(levels: LevelsMessage): void;
  /** The operator's blackout. */
  onBlackout(on: boolean): void;
  /** Is the box there? By its status and last will. */
  onPresence(online: boolean): void;
  /** Is the broker there? */
  onLink(up: boolean): void;
}
