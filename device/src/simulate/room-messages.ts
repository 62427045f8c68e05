/** A simulated room as it stands into the messages that a page shows: grid, tempo, and while watched beats and levels. Pure. */
import type { BeatPrediction, GridMessage, LevelsMessage, TempoMessage } from "@tactus/shared";
import type { Random } from "./random.js";
import type { Room } from "./room.js";

/** A grid that is not repeated for this long is no longer vouched for. */
const VALID_US = 3_000_000;
const ENERGY = { low: 0.7, mid: 0.4, high: 0.3 };

/** A room at one instant, by the box's own date; `errorUs`: that date minus the right one. */
export interface RoomMoment {
  room: Room;
  session: string;
  nowUs: number;
  errorUs: number;
}

export function gridOf({ room, session, nowUs, errorUs }: RoomMoment): GridMessage {
  const running = room.isPlaying(nowUs - errorUs);
  const { beatInBar, beatsPerBar, bar } = room.place;
  return {
    v: 1,
    session,
    sentAtUs: nowUs,
    music: running,
    running,
    period: running ? 60 / room.bpm : 0,
    bpm: running ? room.bpm : 0,
    anchorUs: running ? room.nextUs + errorUs : 0,
    beatInBar,
    beatsPerBar,
    bar,
    confidence: running ? room.confidence : 0,
    alternatives: running ? [{ bpm: room.bpm, share: 0.9 }] : [],
    source: "tracker",
    validUntilUs: nowUs + VALID_US,
  };
}

export function tempoOf({ room, nowUs, errorUs }: RoomMoment): TempoMessage {
  const running = room.isPlaying(nowUs - errorUs);
  return { v: 1, bpm: running ? Math.round(room.bpm * 10) / 10 : 0, state: running ? "tracking" : "silent" };
}

/** The next beat, announced now. */
export function announcementOf({ room, nowUs, errorUs }: RoomMoment, beatId: string): BeatPrediction {
  const dueAtUs = room.nextUs + errorUs;
  return {
    v: 1,
    beatId,
    rev: 0,
    state: "announced",
    dueAtUs,
    dueInMs: (dueAtUs - nowUs) / 1000,
    ...room.place,
    bpm: room.bpm,
    confidence: room.confidence,
    uncertaintyMs: 6,
    source: "tracker",
    energy: ENERGY,
  };
}

export function levelsOf({ room, nowUs, errorUs }: RoomMoment, random: Random): LevelsMessage {
  const loud = room.isPlaying(nowUs - errorUs);
  return {
    v: 1,
    sentAtUs: nowUs,
    rmsDb: loud ? -18 : -70,
    peakDb: loud ? -6 : -60,
    bands: Array.from({ length: 16 }, () => (loud ? Math.round(random.next() * 100) / 100 : 0)),
  };
}
