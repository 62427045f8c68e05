/** Which number the next beat has: counted on from the last one, put right by the tracker or by hand. Pure. */
import { beatAfter } from "@tactus/shared";

export class BarCount {
  /** Number of the last beat that can no longer change, 1 = downbeat; 0 = unknown. */
  beatInBar = 0;
  beatsPerBar = 4;
  bar = 0;
  /** The hand set the bar: the tracker's numbers no longer count. */
  byHand = false;

  /** Number of the beat `steps` after the last one. The tracker's number for it is used unless the hand set the bar. */
  ahead(steps: number, tracker: { beatInBar: number; beatsPerBar: number } | undefined): Numbered {
    if (tracker && tracker.beatInBar > 0 && !this.byHand) {
      return this.numbered(beatAfter(tracker.beatInBar, tracker.beatsPerBar, steps - 1), tracker.beatsPerBar);
    }
    return this.numbered(beatAfter(this.beatInBar, this.beatsPerBar, steps), this.beatsPerBar);
  }

  /** A beat became final. */
  passed(beat: Numbered): void {
    this.beatInBar = beat.beatInBar;
    this.beatsPerBar = beat.beatsPerBar;
    this.bar = beat.bar;
  }

  /** The beat `steps` after the last final one is a downbeat. */
  setDownbeat(steps: number, beatsPerBar: number | undefined): void {
    this.byHand = true;
    if (beatsPerBar !== undefined) this.beatsPerBar = beatsPerBar;
    this.beatInBar = beatAfter(1, this.beatsPerBar, -steps);
  }

  shift(beats: number): void {
    this.byHand = true;
    this.beatInBar = beatAfter(this.beatInBar || 1, this.beatsPerBar, beats);
  }

  release(): void {
    this.byHand = false;
  }

  private numbered(beatInBar: number, beatsPerBar: number): Numbered {
    const newBar = beatInBar === 1 || (beatInBar > 0 && beatInBar <= this.beatInBar);
    return { beatInBar, beatsPerBar, bar: newBar ? this.bar + 1 : this.bar };
  }
}

export interface Numbered {
  beatInBar: number;
  beatsPerBar: number;
  bar: number;
}
