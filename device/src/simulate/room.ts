/** Time into the beats of a room that does not exist: songs, sets, pauses, closing hours. Pure. */
import type { Beat } from "@tactus/shared";
import { Random } from "./random.js";

/** A beat before it has a name. */
export type RoomBeat = Omit<Beat, "beatId">;

export type OpeningHours = "always" | "evenings";

export interface RoomOptions {
  /** Two rooms with the same seed hear the same music. */
  seed: string;
  /** The music begins about here, epoch microseconds. */
  fromUs: number;
  /** Tempo around which the songs lie; default: 90 to 140, drawn. */
  bpm?: number | undefined;
  /** "evenings": from about 18:00 to 02:00 UTC, each room with hours of its own. */
  hours: OpeningHours;
  /** No music is ever heard there. */
  isSilent?: boolean;
}

/** One song: its tempo wanders about `bpm`. */
interface Song {
  untilUs: number;
  bpm: number;
  confidence: number;
}

const MINUTE = 60_000_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

export class Room {
  readonly #random: Random;
  readonly #options: RoomOptions;
  readonly #opensUs: number;
  readonly #opensFor: number;
  readonly #tempo: number;
  #song: Song;
  #setUntilUs = 0;
  #nextUs: number;
  #bpm: number;
  #count = 0;

  constructor(options: RoomOptions) {
    this.#options = options;
    this.#random = new Random(options.seed);
    this.#opensUs = this.#random.between(17, 20) * HOUR;
    this.#opensFor = this.#random.between(6, 9) * HOUR;
    this.#tempo = options.bpm ?? this.#random.between(90, 140);
    // Rooms are not all at the beginning of a song when the fleet starts.
    const firstUs = this.#openAfter(options.fromUs + this.#random.between(0, 2_000_000));
    this.#nextUs = options.isSilent ? Number.POSITIVE_INFINITY : firstUs;
    this.#setUntilUs = this.#nextUs + this.#random.between(5, 60) * MINUTE;
    this.#song = this.#newSong(this.#nextUs);
    this.#bpm = this.#song.bpm;
  }

  /** When the next beat falls, epoch microseconds. */
  get nextUs(): number {
    return Math.round(this.#nextUs);
  }

  /** Of the next beat. */
  get place(): { beatInBar: number; beatsPerBar: number; bar: number } {
    return { beatInBar: (this.#count % 4) + 1, beatsPerBar: 4, bar: Math.floor(this.#count / 4) + 1 };
  }

  get bpm(): number {
    return Math.round(this.#bpm * 100) / 100;
  }

  get confidence(): number {
    return this.#song.confidence;
  }

  /** Is there music at this instant, given that every beat before it has been taken? */
  isPlaying(atUs: number): boolean {
    return this.#nextUs - atUs < 2_000_000;
  }

  /** The next beat, whatever the time is. */
  take(): RoomBeat {
    const beat: RoomBeat = {
      atUs: Math.round(this.#nextUs),
      ...this.place,
      bpm: this.bpm,
      confidence: this.#song.confidence,
      source: "tracker",
    };
    this.#count++;
    this.#advance();
    return beat;
  }

  #advance(): void {
    const { untilUs, bpm } = this.#song;
    // Half a percent of wandering, drawn back to the song's own tempo; single beats are some milliseconds off.
    this.#bpm += (bpm - this.#bpm) * 0.05 + this.#random.normal() * bpm * 0.0008;
    const next = this.#nextUs + 60_000_000 / this.#bpm;
    if (next < untilUs) {
      this.#nextUs = next;
      return;
    }
    const isSetOver = next > this.#setUntilUs;
    const pause = isSetOver ? this.#random.between(3, 15) * MINUTE : this.#random.between(0, 8) * 1_000_000;
    const from = this.#openAfter(next + pause);
    if (isSetOver) this.#setUntilUs = from + this.#random.between(25, 80) * MINUTE;
    this.#nextUs = from;
    this.#song = this.#newSong(from);
    this.#bpm = this.#song.bpm;
  }

  #newSong(fromUs: number): Song {
    return {
      untilUs: fromUs + this.#random.between(2.5, 7) * MINUTE,
      bpm: Math.min(200, Math.max(60, this.#tempo * (1 + this.#random.normal() * 0.05))),
      confidence: Math.round(this.#random.between(0.7, 0.99) * 100) / 100,
    };
  }

  /** The first instant from `atUs` on at which the room is open. */
  #openAfter(atUs: number): number {
    if (this.#options.hours === "always") return atUs;
    const since = (((atUs - this.#opensUs) % DAY) + DAY) % DAY;
    return since < this.#opensFor ? atUs : atUs + DAY - since;
  }
}
