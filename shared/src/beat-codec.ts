/** Beats one after the other into about five bytes each, and back: only what the beat before does not foretell is written. */

import type { ByteReader } from "./byte-reader.js";
import type { ByteWriter } from "./byte-writer.js";
import type { BeatSource } from "./contracts/beat.js";
import type { Beat } from "./contracts/history.js";
import { beatAfter } from "./music.js";

/** Times are whole steps of this after the first beat: a stamp moves by 50 µs at most, however long the batch. */
export const TIME_STEP_US = 100;
/** Steps per BPM, and for confidence from 0 to 1. */
export const BPM_STEPS = 100;
export const CONFIDENCE_STEPS = 250;

const MAX_BPM = 1000 * BPM_STEPS;
const SOURCES: readonly BeatSource[] = ["tracker", "hand", "map"];

/** Bits of a beat's first byte: which fields follow because they are not what was foretold. */
const BPM = 1;
const NUMBER = 2;
const PLACE = 4;
const BAR = 8;
/** Metre and source; the name before the number: rare. */
const METRE = 16;
const NAME = 32;
/** The id is no name and number: it is written as it is. */
const WHOLE_ID = 64;
const KNOWN = 127;

/** The beat before, as the reader has it. */
export interface BeatContext {
  name: string;
  /** −1 after an id that is written whole. */
  number: number;
  atUs: number;
  beatInBar: number;
  beatsPerBar: number;
  bar: number;
  /** In steps. */
  bpm: number;
  source: number;
}

/** Before the first beat of a batch. */
export const contextOf = (batch: { session: string; firstUs: number }): BeatContext => ({
  name: batch.session,
  number: -1,
  atUs: batch.firstUs,
  beatInBar: 0,
  beatsPerBar: 4,
  bar: 0,
  bpm: 0,
  source: 0,
});

export function writeBeat(writer: ByteWriter, beat: Beat, before: BeatContext): BeatContext {
  const next = contextAt(beat, before);
  const flags = flagsOf(next, before);
  writer.byte(flags);
  if (flags & WHOLE_ID) writer.text(beat.beatId);
  if (flags & NAME) writer.text(next.name);
  if (flags & NUMBER) writer.unsigned(next.number);
  if (flags & METRE) writer.byte((next.beatsPerBar - 1) | (next.source << 5));
  if (flags & PLACE) writer.byte(next.beatInBar);
  if (flags & BAR) writer.unsigned(next.bar);
  if (flags & BPM) writer.signed(next.bpm - before.bpm);
  const dueUs = dueAfter(before, next.bpm);
  const stepsLate = Math.round((beat.atUs - dueUs) / TIME_STEP_US);
  writer.signed(stepsLate);
  writer.byte(Math.round(beat.confidence * CONFIDENCE_STEPS));
  next.atUs = dueUs + stepsLate * TIME_STEP_US;
  return next;
}

/** Throws InputError. */
export function readBeat(reader: ByteReader, before: BeatContext): { beat: Beat; next: BeatContext } {
  const flags = reader.byte("flags");
  if (flags > KNOWN) throw reader.error("flags", `${flags} is not known: update Tactus`);
  const next = foretell(before);
  let beatId: string | undefined;
  if (flags & WHOLE_ID) {
    beatId = reader.text("beatId", 64);
    next.number = -1;
  }
  if (flags & NAME) next.name = reader.text("name", 64);
  if (flags & NUMBER) next.number = reader.unsigned("number");
  if (flags & METRE) readMetre(reader, next);
  next.beatInBar = flags & PLACE ? reader.byte("beatInBar") : placeAfter(before, next.beatsPerBar);
  reader.within("beatInBar", next.beatInBar, { min: 0, max: 32 });
  next.bar = reader.within("bar", flags & BAR ? reader.unsigned("bar") : barAfter(before, next.beatInBar), SAFE);
  if (flags & BPM) next.bpm += reader.signed("bpm");
  reader.within("bpm", next.bpm, { min: 1, max: MAX_BPM });
  next.atUs = reader.within("atUs", dueAfter(before, next.bpm) + reader.signed("atUs") * TIME_STEP_US, {
    ...SAFE,
    min: 1,
  });
  const confidence = reader.within("confidence", reader.byte("confidence"), { min: 0, max: CONFIDENCE_STEPS });
  return { beat: beatOf(next, beatId ?? idOf(reader, next), confidence), next };
}

const SAFE = { min: 0, max: Number.MAX_SAFE_INTEGER };

function readMetre(reader: ByteReader, next: BeatContext): void {
  const packed = reader.byte("metre");
  next.beatsPerBar = (packed & 31) + 1;
  next.source = reader.within("source", packed >> 5, { min: 0, max: SOURCES.length - 1 });
}

function idOf(reader: ByteReader, { name, number }: BeatContext): string {
  const id = `${name}-${number}`;
  if (number < 0 || id.length > 64) throw reader.error("beatId", `${JSON.stringify(id)} is none`);
  return id;
}

function beatOf(next: BeatContext, beatId: string, confidence: number): Beat {
  const { atUs, beatInBar, beatsPerBar, bar, bpm, source } = next;
  return {
    beatId,
    atUs,
    beatInBar,
    beatsPerBar,
    bar,
    bpm: bpm / BPM_STEPS,
    confidence: confidence / CONFIDENCE_STEPS,
    source: SOURCES[source] ?? "tracker",
  };
}

/** What stays as it is unless something else is written. */
const foretell = (before: BeatContext): BeatContext => ({ ...before, number: numberAfter(before) });

const numberAfter = ({ number }: BeatContext): number => (number < 0 ? -1 : number + 1);

const placeAfter = ({ beatInBar }: BeatContext, beatsPerBar: number): number => beatAfter(beatInBar, beatsPerBar, 1);
const barAfter = ({ bar }: BeatContext, beatInBar: number): number => (beatInBar === 1 ? bar + 1 : bar);

/** One period after the beat before, whole microseconds; the first beat is not moved by its own tempo. */
const dueAfter = ({ atUs, bpm: known }: BeatContext, bpm: number): number =>
  known === 0 ? atUs : atUs + Math.round((60_000_000 * BPM_STEPS) / bpm / TIME_STEP_US) * TIME_STEP_US;

/** The beat as the next one's context, but for its time. Every beat of a fleet goes through here: no pattern, no copies. */
function contextAt({ beatId, atUs, beatInBar, beatsPerBar, bar, bpm, source }: Beat, before: BeatContext): BeatContext {
  const dash = beatId.lastIndexOf("-");
  const number = dash < 1 ? -1 : numberIn(beatId, dash + 1);
  return {
    name: number < 0 || isNamed(beatId, before.name, dash) ? before.name : beatId.slice(0, dash),
    number,
    atUs,
    beatInBar,
    beatsPerBar,
    bar,
    bpm: Math.min(MAX_BPM, Math.max(1, Math.round(bpm * BPM_STEPS))),
    source: SOURCES.indexOf(source),
  };
}

const isNamed = (beatId: string, name: string, length: number): boolean =>
  name.length === length && beatId.startsWith(name);

const [ZERO, NINE] = [48, 57];

/** The number that the rest of the id is, as it would be written again; −1 = it is none. */
function numberIn(beatId: string, from: number): number {
  const digits = beatId.length - from;
  if (digits < 1 || digits > 15 || (digits > 1 && beatId.charCodeAt(from) === ZERO)) return -1;
  let number = 0;
  for (let at = from; at < beatId.length; at++) {
    const code = beatId.charCodeAt(at);
    if (code < ZERO || code > NINE) return -1;
    number = number * 10 + code - ZERO;
  }
  return number;
}

function flagsOf(next: BeatContext, before: BeatContext): number {
  let flags = 0;
  if (next.number < 0) flags |= WHOLE_ID;
  else if (next.number !== numberAfter(before)) flags |= NUMBER;
  if (next.name !== before.name) flags |= NAME;
  if (next.beatsPerBar !== before.beatsPerBar || next.source !== before.source) flags |= METRE;
  if (next.beatInBar !== placeAfter(before, next.beatsPerBar)) flags |= PLACE;
  if (next.bar !== barAfter(before, next.beatInBar)) flags |= BAR;
  if (next.bpm !== before.bpm) flags |= BPM;
  return flags;
}
