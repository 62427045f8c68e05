/** The waiting batches of a device into chunks, rollups, ledger and sequence numbers: one step, all or nothing. Every call blocks. */
import type { Beat } from "@tactus/shared";
import { decodeChunk } from "./chunk-codec.js";
import type { ChunkPlace, ChunkTables } from "./chunk-tables.js";
import { clockWordOf, type Era, minuteOf, placeBatch } from "./dating.js";
import { LedgerChange, type LedgerTables } from "./ledger-tables.js";
import { bucketOf } from "./rollup-block.js";
import { RollupChange, type RollupTables } from "./rollup-tables.js";
import type { Device, Session, SessionBook } from "./session-book.js";
import type { Tail, WaitingBatch } from "./tail.js";

export interface FolderParts {
  book: SessionBook;
  tail: Tail;
  chunks: ChunkTables;
  rollups: RollupTables;
  ledger: LedgerTables;
}

export interface FoldOptions {
  /** Of the newest batch of all devices, or the present: microseconds. */
  nowUs: number;
  /** The last minute as well, although it may go on. */
  isLast?: boolean;
}

/** A session that has said nothing for this long has ended its minute: microseconds. */
export const QUIET_US = 90_000_000;

/** What one step is about to write. */
interface Step {
  device: Device;
  filed: Map<string, { place: ChunkPlace; beats: Beat[] }>;
  rollups: RollupChange;
  ledger: LedgerChange;
  sequences: Map<Session, number[]>;
  left: WaitingBatch[];
}

export class Folder {
  readonly #parts: FolderParts;
  /** Chunks that got another date because a clock became known. */
  redated = 0;

  constructor(parts: FolderParts) {
    this.#parts = parts;
  }

  /** To be called in a transaction; when it throws the book must be read again. Returns the number of beats filed. */
  fold(device: Device, options: FoldOptions): number {
    const waiting = this.#parts.tail.read(device);
    const step: Step = {
      ...{ device, filed: new Map(), left: [] },
      ...{ rollups: new RollupChange(), ledger: new LedgerChange(), sequences: new Map() },
    };
    const eras = new Map(waiting.map((one) => [one, this.#place(one, step)]));
    const open = openMinutes(waiting, options);
    for (const one of waiting) this.#take(one, { step, era: eras.get(one), openMinute: open.get(one.entry.session) });
    return this.#write(step);
  }

  /** The era of its beats. What this batch tells about the clock puts the earlier ones right. */
  #place({ entry: { session }, batch }: WaitingBatch, step: Step): Era | undefined {
    if (batch.beats.length === 0) return undefined;
    const { era, isNew, settled } = placeBatch(session.eras, clockWordOf(batch));
    for (const one of settled) this.#redate(session, one, step);
    if (isNew || settled.includes(era)) this.#parts.book.writeEra(session, era);
    if (!era.isKnown) this.#parts.book.noted(session);
    return era;
  }

  #redate(session: Session, era: Era, { device, rollups }: Step): void {
    const { chunks, rollups: tables, book } = this.#parts;
    const provisionalUs: number[] = [];
    chunks.redate(session, era, ({ data }) => {
      const beats = decodeChunk(session.name, data);
      for (const beat of beats) {
        provisionalUs.push(beat.atUs);
        rollups.add(beat.atUs + era.shiftUs, bucketOf(beat), 0);
      }
      this.redated++;
      return (beats[0]?.atUs ?? 0) + era.shiftUs;
    });
    tables.dropProvisional(device.id, session.id, provisionalUs);
    book.writeEra(session, era);
  }

  #take(
    one: WaitingBatch,
    { step, era, openMinute }: { step: Step; era: Era | undefined; openMinute: number | undefined },
  ): void {
    const { entry, batch } = one;
    const rest: Beat[] = [];
    for (const beat of batch.beats) {
      const minute = minuteOf(batch, beat.atUs);
      if (minute >= (openMinute ?? Number.POSITIVE_INFINITY)) rest.push(beat);
      else if (era) file(step, { session: entry.session, minute, era }, beat);
    }
    if (rest.length > 0 && rest.length === batch.beats.length) {
      step.left.push(one);
      return;
    }
    count(step, one);
    if (rest.length === 0) this.#parts.tail.remove(one);
    else {
      this.#parts.tail.shorten(one, rest);
      step.left.push(one);
    }
  }

  #write({ device, filed, rollups, ledger, sequences, left }: Step): number {
    const parts = this.#parts;
    let count = 0;
    for (const { place, beats } of filed.values()) {
      parts.chunks.add(place, beats);
      const session = place.era.isKnown ? 0 : place.session.id;
      for (const beat of beats) rollups.add(beat.atUs + place.era.shiftUs, bucketOf(beat), session);
      count += beats.length;
    }
    parts.rollups.add(device.id, rollups);
    parts.ledger.add(device.id, ledger);
    for (const [session, list] of sequences) parts.book.writeSeen(session, list);
    leave(device, left);
    return count;
  }
}

/** The last minute of each session that is still going on. */
function openMinutes(waiting: readonly WaitingBatch[], { nowUs, isLast = false }: FoldOptions): Map<Session, number> {
  const open = new Map<Session, number>();
  if (isLast) return open;
  for (const { entry, batch } of waiting) {
    const { session } = entry;
    if (nowUs - session.notedUs >= QUIET_US) continue;
    for (const { atUs } of batch.beats) open.set(session, Math.max(open.get(session) ?? -1, minuteOf(batch, atUs)));
  }
  return open;
}

function file({ filed }: Step, place: ChunkPlace, beat: Beat): void {
  const key = `${place.session.id} ${place.minute} ${place.era.era}`;
  const known = filed.get(key);
  if (known) known.beats.push(beat);
  else filed.set(key, { place, beats: [beat] });
}

function count({ ledger, sequences }: Step, { entry: { session }, batch, isNumbered, isInLedger }: WaitingBatch): void {
  if (!isInLedger) ledger.add(session.id, batch);
  if (isNumbered) return;
  const list = sequences.get(session) ?? [];
  list.push(batch.sequence);
  sequences.set(session, list);
}

/** Only these still wait. */
function leave(device: Device, left: readonly WaitingBatch[]): void {
  for (const { session } of device.tail) Object.assign(session, { waiting: 0, waitingMinute: undefined });
  device.tail = left.map(({ entry }) => entry);
  for (const { entry, batch } of left) {
    const { session } = entry;
    const last = batch.beats.at(-1);
    session.waiting++;
    session.waitingMinute ??= last && minuteOf(batch, last.atUs);
  }
}
