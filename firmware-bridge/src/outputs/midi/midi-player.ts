/** Cues and modes into timed MIDI messages: clock, transport, notes, time code. Pure: its caller knows the time and sends. */
import type { OutputMode } from "../output.js";
import type { MidiConfig } from "./midi-config.js";
import { CLOCK, CONTINUE, noteOff, noteOn, START, STOP, songPosition, TICKS_PER_BEAT } from "./midi-message.js";
import { TickLine } from "./tick-line.js";
import { framesPerSecond, fullFrame, QUARTERS_PER_FRAME, quarterFrame } from "./time-code.js";

/** What of a cue is needed here; `at` = `fireAt`, seconds. */
export interface PlayerCue {
  at: number;
  bpm: number;
  beatInBar: number;
  beatsPerBar: number;
}

export interface TimedMessage {
  at: number;
  bytes: Uint8Array;
}

type PlayerOptions = Pick<MidiConfig, "clock" | "transport" | "clockInSilence" | "spreadBeats" | "notes" | "timeCode">;

/** Transport messages go out half a tick before the tick they speak of: 1 ms is the least a receiver may want. */
const BEFORE_TICK = 0.5;
/** A note lasts this part of a beat. */
const NOTE_BEATS = 0.25;
/** Without downbeats, start after so many beats. */
const BLIND_START_BEATS = 8;
/** The receiver's bar is put right when the downbeat has been elsewhere for so many bars. */
const PATIENCE_BARS = 2;
/** Nobody asked for so long: we stood still (the machine slept). Begin anew instead of sending what was missed. */
const STALLED_S = 0.5;
const MAX_QUEUED = 64;

interface Queued {
  tick: number;
  bytes: Uint8Array;
}

/** A beat's note: on at `at`, and off at `offAt` once it sounds. */
interface Note {
  at: number;
  offAt: number;
  note: number;
  sounds: boolean;
}

export class MidiPlayer {
  readonly #options: PlayerOptions;
  #mode: OutputMode = "idle";
  #line: TickLine | undefined;
  #nextTick = 0;
  #queue: Queued[] = [];
  #notes: Note[] = [];
  #urgent: Uint8Array[] = [];
  #playing = false;
  #started = false;
  /** Beat of the line that is the receiver's beat 0. */
  #songStart = 0;
  #lastBeat = -1;
  /** How far the receiver's song had come when it was stopped, beats. */
  #songBeats = 0;
  #blindBeats = 0;
  #misses = 0;
  #timeCode: { startAt: number; quarter: number } | undefined;

  constructor(options: PlayerOptions) {
    this.#options = options;
  }

  get playing(): boolean {
    return this.#playing;
  }

  cue(cue: PlayerCue, now: number): void {
    if (!this.#runs() || !(cue.bpm > 0)) return;
    this.#addNote(cue);
    const beat = this.#follow(cue, now);
    // Too late for anything but the tempo, or a beat we have had.
    if (beat * TICKS_PER_BEAT < this.#nextTick || beat <= this.#lastBeat) return;
    this.#lastBeat = beat;
    if (this.#options.transport !== "none") this.#steerTransport(cue, beat);
  }

  /**
   * following, free-running, fading: all goes on. holding: the clock pauses, so that a receiver stands where it is.
   * idle, released, blackout: stop, and the clock ends (idle with `clockInSilence`: it runs on).
   */
  mode(mode: OutputMode): void {
    this.#mode = mode;
    if (this.#runs()) return;
    if (mode !== "holding") this.#stop();
    this.#dropQueue();
    if (mode !== "idle" || !this.#options.clockInSilence) this.#line = undefined;
  }

  /** When something is due; Infinity when nothing is. */
  nextAt(): number {
    return this.#urgent.length > 0 ? 0 : this.#dueAt();
  }

  /** All that is due by `until`, in the order it must be sent. `now` is only to notice that we stood still. */
  take(until: number, now = until): TimedMessage[] {
    if (this.#dueAt() < now - STALLED_S) this.#restart();
    const messages: TimedMessage[] = this.#urgent.splice(0).map((bytes) => ({ at: now, bytes }));
    for (let at = this.#dueAt(); at <= until; at = this.#dueAt()) messages.push({ at, bytes: this.#takeOne(at) });
    return messages;
  }

  #dueAt(): number {
    const queued = this.#queue[0];
    const tick = Math.min(this.#options.clock ? this.#nextTick : Number.POSITIVE_INFINITY, queued?.tick ?? Infinity);
    const tickAt = this.#line ? this.#line.timeOf(tick) : Number.POSITIVE_INFINITY;
    const note = this.#nextNote();
    return Math.min(tickAt, this.#quarterAt(), note ? noteAt(note) : Number.POSITIVE_INFINITY);
  }

  #runs(): boolean {
    return this.#mode === "following" || this.#mode === "free-running" || this.#mode === "fading";
  }

  #follow({ at, bpm }: PlayerCue, now: number): number {
    if (this.#line) return this.#line.beatAt({ at, bpm, now });
    this.#stop(); // after a pause the receiver stands somewhere within a beat: it begins again with a bar
    this.#line = new TickLine({ at, bpm, spreadBeats: this.#options.spreadBeats });
    this.#nextTick = 0;
    this.#lastBeat = -1;
    this.#blindBeats = 0;
    return 0;
  }

  #steerTransport(cue: PlayerCue, beat: number): void {
    if (!this.#playing) {
      this.#blindBeats = cue.beatInBar === 0 ? this.#blindBeats + 1 : 0;
      if (cue.beatInBar === 1 || this.#blindBeats >= BLIND_START_BEATS) this.#begin(cue, beat);
      return;
    }
    if (cue.beatInBar === 0) return;
    const place = (beat - this.#songStart) % cue.beatsPerBar;
    this.#misses = place === cue.beatInBar - 1 ? 0 : this.#misses + 1;
    if (cue.beatInBar === 1 && this.#misses > PATIENCE_BARS * cue.beatsPerBar) this.#moveBar(cue, beat);
  }

  #begin({ at, beatsPerBar }: PlayerCue, beat: number): void {
    const goesOn = this.#started && this.#options.transport === "continue";
    const song = goesOn ? Math.ceil(this.#songBeats / beatsPerBar) * beatsPerBar : 0;
    this.#locate(beat, song, goesOn ? CONTINUE : START);
    this.#playing = this.#started = true;
    const { timeCode } = this.#options;
    if (!timeCode) return;
    this.#enqueue(beat * TICKS_PER_BEAT - BEFORE_TICK, fullFrame(timeCode.framesPerSecond, timeCode.startHour));
    this.#timeCode = { startAt: at, quarter: 0 };
  }

  /** The next whole bar of the receiver begins here instead. */
  #moveBar({ beatsPerBar }: PlayerCue, beat: number): void {
    const song = Math.ceil((beat - this.#songStart) / beatsPerBar) * beatsPerBar;
    this.#enqueue(beat * TICKS_PER_BEAT - BEFORE_TICK, STOP);
    this.#locate(beat, song, CONTINUE);
  }

  /** Song position is heeded by a receiver that stands still; then it is started. */
  #locate(beat: number, song: number, start: Uint8Array): void {
    this.#enqueue(beat * TICKS_PER_BEAT - BEFORE_TICK, songPosition(song));
    this.#enqueue(beat * TICKS_PER_BEAT - BEFORE_TICK, start);
    this.#songStart = beat - song;
    this.#misses = 0;
  }

  /** Notes are of the cues, not of the clock: one each, at its very time. */
  #addNote({ at, bpm, beatInBar }: PlayerCue): void {
    const { notes } = this.#options;
    const note = beatInBar === 1 ? (notes?.downbeat ?? notes?.beat) : notes?.beat;
    if (note === undefined || this.#notes.length >= MAX_QUEUED) return;
    this.#notes.push({ at, offAt: at + (NOTE_BEATS * 60) / bpm, note, sounds: false });
  }

  #nextNote(): Note | undefined {
    return this.#notes.reduce<Note | undefined>(
      (best, one) => (!best || noteAt(one) < noteAt(best) ? one : best),
      undefined,
    );
  }

  #takeNote(note: Note): Uint8Array {
    const { channel = 1, velocity = 0 } = this.#options.notes ?? {};
    if (note.sounds) this.#notes.splice(this.#notes.indexOf(note), 1);
    else note.sounds = true;
    return this.#notes.includes(note) ? noteOn(channel, note.note, velocity) : noteOff(channel, note.note);
  }

  #enqueue(tick: number, bytes: Uint8Array): void {
    if (this.#queue.length >= MAX_QUEUED) return;
    const after = this.#queue.findIndex((one) => one.tick > tick);
    this.#queue.splice(after < 0 ? this.#queue.length : after, 0, { tick, bytes });
  }

  #quarterAt(): number {
    const { timeCode } = this.#options;
    if (!timeCode || !this.#timeCode) return Number.POSITIVE_INFINITY;
    const { startAt, quarter } = this.#timeCode;
    return startAt + quarter / (framesPerSecond(timeCode.framesPerSecond) * QUARTERS_PER_FRAME);
  }

  /** The one thing due at `at`. */
  #takeOne(at: number): Uint8Array {
    const { timeCode, clock } = this.#options;
    const note = this.#nextNote();
    if (note && noteAt(note) <= at) return this.#takeNote(note);
    if (timeCode && this.#timeCode && this.#quarterAt() <= at) {
      this.#timeCode.quarter += 1;
      return quarterFrame(this.#timeCode.quarter - 1, timeCode.framesPerSecond, timeCode.startHour);
    }
    const queued = this.#queue[0];
    if (queued && (!clock || queued.tick < this.#nextTick)) {
      this.#queue.shift();
      if (!clock) this.#nextTick = Math.max(this.#nextTick, queued.tick);
      return queued.bytes;
    }
    this.#nextTick += 1;
    return CLOCK;
  }

  #stop(): void {
    if (!this.#playing) return;
    this.#urgent.push(STOP);
    this.#playing = false;
    this.#songBeats = this.#lastBeat - this.#songStart + 1;
    this.#timeCode = undefined;
    this.#misses = 0;
  }

  /** Notes that sound are ended now; what was only planned is forgotten. */
  #dropQueue(): void {
    const { channel = 1 } = this.#options.notes ?? {};
    for (const { sounds, note } of this.#notes) if (sounds) this.#urgent.push(noteOff(channel, note));
    this.#notes = [];
    this.#queue = [];
  }

  #restart(): void {
    this.#stop();
    this.#dropQueue();
    this.#line = undefined;
  }
}

const noteAt = ({ sounds, at, offAt }: Note) => (sounds ? offAt : at);
