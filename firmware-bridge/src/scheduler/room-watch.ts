/** Feed events into the facts that every output's policy judges by. Pure. */
import type { AnnouncedBeat, GridReading } from "../feed/feed-event.js";
import type { RoomFacts } from "./output-policy.js";

/** A beat vouches for the room this long, seconds: as long as a grid message does. */
const BEAT_VALID_S = 3;

export class RoomWatch {
  readonly facts: RoomFacts = {
    known: false,
    online: true,
    music: false,
    running: false,
    sure: false,
    confidence: 0,
    validUntil: Number.NEGATIVE_INFINITY,
    blackout: false,
  };
  /** For an output that begins later. */
  grid: GridReading | undefined;

  heardGrid(grid: GridReading): void {
    const { music, running, sure, confidence, validUntil } = grid;
    this.grid = grid;
    Object.assign(this.facts, { known: true, online: true, music, running, sure });
    if (running) this.facts.confidence = confidence;
    this.facts.validUntil = Math.max(this.facts.validUntil, validUntil);
  }

  heardBeat(beat: AnnouncedBeat, now: number): void {
    if (beat.withdrawn) return;
    Object.assign(this.facts, { known: true, online: true, running: true, confidence: beat.confidence });
    this.facts.validUntil = Math.max(this.facts.validUntil, now + BEAT_VALID_S);
  }
}
