/** Batches as they came, on disk until their minute is over. Every call blocks. */
import { decodeHistory, encodeHistory, type HistoryBatch } from "@tactus/shared";
import type { Database } from "better-sqlite3";
import { clockWordOf, type Era, minuteOf, placeBatch } from "./dating.js";
import { type Device, enterTail, type Session, type SessionBook, type TailEntry } from "./session-book.js";

/** A batch in the tail, read. */
export interface WaitingBatch {
  entry: TailEntry;
  /** Its number is in its place: what is left are beats of a minute that is not over. */
  isNumbered: boolean;
  /** What it adds to the ledger is in its place. */
  isInLedger: boolean;
  batch: HistoryBatch;
}

interface TailRow {
  id: number;
  device: number;
  receivedUs: number;
  counted: number;
  payload: Uint8Array;
}

/** What of a batch in the tail is in its place already. */
const [NOTHING, ALL, LEDGER] = [0, 1, 2];

export class Tail {
  readonly #sql;
  #broken = 0;

  constructor(db: Database) {
    this.#sql = {
      insert: db.prepare<[number, number, number, Uint8Array]>(
        "INSERT INTO tail (device, received_us, counted, payload) VALUES (?, ?, ?, ?)",
      ),
      row: db.prepare<[number], Pick<TailRow, "counted" | "payload">>("SELECT counted, payload FROM tail WHERE id = ?"),
      all: db.prepare<[], TailRow>("SELECT id, device, received_us receivedUs, counted, payload FROM tail ORDER BY id"),
      shorten: db.prepare<[Uint8Array, number]>("UPDATE tail SET payload = ?, counted = 1 WHERE id = ?"),
      remove: db.prepare<[number]>("DELETE FROM tail WHERE id = ?"),
    };
  }

  add(session: Session, packed: PackedBatch): void {
    const { receivedAtUs, payload, isInLedger = false } = packed;
    const counted = isInLedger ? LEDGER : NOTHING;
    const { lastInsertRowid } = this.#sql.insert.run(session.device.id, receivedAtUs, counted, payload);
    enterTail({ id: Number(lastInsertRowid), session, receivedAtUs }, packed, packed.minute);
  }

  /** Batches that cannot be read: they stay where they are, and in nobody's way. */
  get broken(): number {
    return this.#broken;
  }

  /** What a file that is opened has in it, into the book. */
  recall(book: SessionBook): void {
    this.#broken = 0;
    for (const { id, device: key, receivedUs, payload } of this.#sql.all.all()) {
      const device = book.deviceOfKey(key);
      const batch = readable(payload);
      if (!device || !batch) {
        this.#broken++;
        continue;
      }
      const session = book.session(device, batch.session, receivedUs);
      enterTail({ id, session, receivedAtUs: receivedUs }, batch, firstMinuteOf(batch));
    }
  }

  read(device: Device): WaitingBatch[] {
    return device.tail.flatMap((entry) => {
      const row = this.#sql.row.get(entry.id);
      if (!row) return [];
      const { counted, payload } = row;
      return [{ entry, isNumbered: counted === ALL, isInLedger: counted !== NOTHING, batch: decodeHistory(payload) }];
    });
  }

  /** Nothing but these beats of the batch is left to be filed. */
  shorten({ entry, batch }: WaitingBatch, beats: HistoryBatch["beats"]): void {
    const laterUs = (beats[0]?.atUs ?? 0) - (batch.beats[0]?.atUs ?? 0);
    const clock = batch.clock && { ...batch.clock, monotonicUs: batch.clock.monotonicUs + laterUs };
    this.#sql.shorten.run(encodeHistory({ ...batch, beats, ...(clock ? { clock } : {}) }), entry.id);
  }

  remove({ entry }: WaitingBatch): void {
    this.#sql.remove.run(entry.id);
  }
}

/** A batch as it goes to the worker thread: packed, with what has to be known before it is unpacked. */
export interface PackedBatch {
  deviceId: string;
  receivedAtUs: number;
  session: string;
  sequence: number;
  /** In which its first beat fell; undefined = it has none. */
  minute: number | undefined;
  /** It says how the box's date stands. */
  knowsDate: boolean;
  payload: Uint8Array;
  /** The ledger has it already. */
  isInLedger?: boolean;
}

export function packBatch({
  deviceId,
  receivedAtUs,
  batch,
}: {
  deviceId: string;
  receivedAtUs: number;
  batch: HistoryBatch;
}): PackedBatch {
  const { session, sequence } = batch;
  const knowsDate = batch.beats.length > 0 && clockWordOf(batch).known !== undefined;
  const payload = encodeHistory(batch);
  return { deviceId, receivedAtUs, session, sequence, minute: firstMinuteOf(batch), knowsDate, payload };
}

/** The era of each waiting batch, as folding would find it; nothing is changed. */
export function datedAsIfFolded(waiting: readonly WaitingBatch[]): { waiting: WaitingBatch; era: Era }[] {
  const eras = new Map<number, Era[]>();
  const placed = waiting
    .filter(({ batch }) => batch.beats.length > 0)
    .map((one) => {
      const { session } = one.entry;
      const known = eras.get(session.id) ?? structuredClone(session.eras);
      eras.set(session.id, known);
      return { waiting: one, era: placeBatch(known, clockWordOf(one.batch)).era };
    });
  return placed;
}

function readable(payload: Uint8Array): HistoryBatch | undefined {
  try {
    return decodeHistory(payload);
  } catch {
    return undefined;
  }
}

function firstMinuteOf(batch: HistoryBatch): number | undefined {
  const [first] = batch.beats;
  return first && minuteOf(batch, first.atUs);
}
