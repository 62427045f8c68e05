/**
 * History batches into packed bytes and back: the payload of topic `history`. The first byte tells packed (2) from JSON ("{"),
 * which is taken as well. Quantised are a beat's time (TIME_STEP_US), tempo (BPM_STEPS) and confidence (CONFIDENCE_STEPS).
 */

import { contextOf, readBeat, writeBeat } from "./beat-codec.js";
import { ByteReader } from "./byte-reader.js";
import { ByteWriter } from "./byte-writer.js";
import { type BatchClock, type BatchLedger, HistoryAck, HistoryBatch } from "./contracts/history.js";
import { InputError } from "./errors.js";
import { MAX_MESSAGE_BYTES, parseJsonAs } from "./parse.js";

const PACKED = 2;
const WHAT = "history";

/** Bits of the second byte. */
const LATE = 1;
const HAS_CLOCK = 2;
const SYNCHRONISED = 4;
const HAS_LEDGER = 8;
const KNOWN = 15;

const MAX_BEATS = 1000;
const MAX_DAY = 100_000;

/** `batch` must be one that HistoryBatch takes. */
export function encodeHistory(batch: HistoryBatch): Uint8Array {
  const { session, sequence, beats, late, clock, ledger } = batch;
  const writer = new ByteWriter();
  writer.byte(PACKED);
  writer.byte(
    (late ? LATE : 0) | (clock ? HAS_CLOCK : 0) | (clock?.synchronised ? SYNCHRONISED : 0) | (ledger ? HAS_LEDGER : 0),
  );
  writer.text(session);
  writer.unsigned(sequence);
  if (clock) writeClock(writer, clock);
  if (ledger) writeLedger(writer, ledger);
  writer.unsigned(beats.length);
  const firstUs = beats[0]?.atUs ?? 0;
  if (beats.length > 0) writer.unsigned(firstUs);
  let context = contextOf({ session, firstUs });
  for (const beat of beats) context = writeBeat(writer, beat, context);
  return writer.bytes();
}

/** Packed bytes or JSON. Throws InputError, and nothing else, for bytes that are neither. */
export function decodeHistory(bytes: Uint8Array): HistoryBatch {
  if (bytes[0] !== PACKED) return parseJsonAs(HistoryBatch, bytes, WHAT);
  if (bytes.length > MAX_MESSAGE_BYTES)
    throw new InputError(`${WHAT}: ${bytes.length} bytes, at most ${MAX_MESSAGE_BYTES}`);
  const reader = new ByteReader(bytes, WHAT);
  const head = readHead(reader);
  const beats = readBeats(reader, head);
  if (!reader.isAtEnd) throw reader.error("beats", "are followed by more bytes");
  if (beats.length === 0 && !head.ledger) throw reader.error("beats", "are none, and no ledger says why");
  return { v: 1, ...head, beats };
}

/** Whose batch it is, where at least that can be read: enough to refuse it for good. */
export function batchNameOf(bytes: Uint8Array): Pick<HistoryBatch, "session" | "sequence"> | undefined {
  try {
    const isPacked = bytes[0] === PACKED;
    const { session, sequence } = isPacked ? readHead(new ByteReader(bytes, WHAT)) : nameInJson(bytes);
    return { session, sequence };
  } catch {
    return undefined;
  }
}

/** The same packed batch, marked as late. */
export function markLate(packed: Uint8Array): Uint8Array {
  const marked = packed.slice();
  marked[1] = (marked[1] ?? 0) | LATE;
  return marked;
}

/** Throws where there is none. What is cut off or no JSON at all may still begin with its name. */
function nameInJson(bytes: Uint8Array): Pick<HistoryBatch, "session" | "sequence"> {
  const text = new TextDecoder().decode(bytes.subarray(0, MAX_MESSAGE_BYTES));
  const session = /"session"\s*:\s*("(?:[^"\\]|\\.){1,64}")/.exec(text)?.[1] ?? "";
  const sequence = /"sequence"\s*:\s*(\d{1,16})\b/.exec(text)?.[1] ?? "";
  return BatchName.parse({ session: JSON.parse(session), sequence: JSON.parse(sequence) });
}

const BatchName = HistoryAck.pick({ session: true, sequence: true });

type Head = Omit<HistoryBatch, "v" | "beats">;

function readHead(reader: ByteReader): Head {
  reader.byte("version");
  const flags = reader.byte("flags");
  if (flags > KNOWN) throw reader.error("flags", `${flags} is not known: update Tactus`);
  const head: Head = { session: reader.text("session", 64), sequence: reader.unsigned("sequence") };
  if (flags & LATE) head.late = true;
  if (flags & HAS_CLOCK) head.clock = readClock(reader, (flags & SYNCHRONISED) !== 0);
  if (flags & HAS_LEDGER) head.ledger = readLedger(reader);
  return head;
}

function readBeats(reader: ByteReader, { session }: Head): HistoryBatch["beats"] {
  const count = reader.unsigned("beats", { max: MAX_BEATS });
  if (count === 0) return [];
  let context = contextOf({ session, firstUs: reader.unsigned("atUs", { min: 1 }) });
  const beats: HistoryBatch["beats"] = [];
  while (beats.length < count) {
    const { beat, next } = readBeat(reader, context);
    beats.push(beat);
    context = next;
  }
  return beats;
}

function writeClock(writer: ByteWriter, { monotonicUs, offsetUs, uncertaintyUs }: BatchClock): void {
  writer.unsigned(monotonicUs);
  writer.signed(offsetUs);
  writer.unsigned(uncertaintyUs);
}

function readClock(reader: ByteReader, synchronised: boolean): BatchClock {
  const monotonicUs = reader.unsigned("monotonicUs");
  const offsetUs = reader.signed("offsetUs");
  return { monotonicUs, offsetUs, uncertaintyUs: reader.unsigned("uncertaintyUs"), synchronised };
}

function writeLedger(writer: ByteWriter, { day, produced, lost, unaccounted }: BatchLedger): void {
  for (const count of [day, produced, lost, unaccounted]) writer.unsigned(count);
}

function readLedger(reader: ByteReader): BatchLedger {
  const day = reader.unsigned("day", { max: MAX_DAY });
  const produced = reader.unsigned("produced");
  const lost = reader.unsigned("lost");
  return { day, produced, lost, unaccounted: reader.unsigned("unaccounted") };
}
