/**
 * The history on one SQLite file. A batch is written as it came and is then safe (`append`); when its minute is over it is folded
 * into chunks and rollups. What is asked for is both together. Every call blocks: it lives in a worker thread.
 */
import { UnavailableError } from "@tactus/shared";
import type { Database } from "better-sqlite3";
import { ChunkTables } from "./chunk-tables.js";
import { Folder, QUIET_US } from "./fold.js";
import type { HistoryRange } from "./history-plan.js";
import { HistoryReader } from "./history-reader.js";
import { Housekeeping, type HousekeepingOptions } from "./housekeeping.js";
import { LedgerTables } from "./ledger-tables.js";
import { RollupTables } from "./rollup-tables.js";
import { type Device, SessionBook } from "./session-book.js";
import { isFull } from "./sqlite-errors.js";
import type {
  AppendOutcome,
  BeatPage,
  BeatQuery,
  HistoryCurve,
  HistoryExtent,
  LedgerDay,
  StoreState,
} from "./store.js";
import { type PackedBatch, Tail } from "./tail.js";

/** Devices folded in one transaction. */
const FOLD_GROUP = 64;
/** For how long one look at quiet rooms may go on: milliseconds. */
const TEND_MS = 40;

export class HistoryTables {
  readonly #db: Database;
  readonly #parts;
  readonly #folder: Folder;
  readonly #reader: HistoryReader;
  readonly #keeping: Housekeeping;
  readonly #counts = { folds: 0, foldedBeats: 0, foldsFailed: 0, appendsFailed: 0 };
  #due = new Set<Device>();
  /** The book is not what is on disk: a transaction was undone. */
  #isStale = false;
  #nowUs = 0;
  #refusal: string | undefined;

  /** `db` in the present shape, open for writing. */
  constructor(db: Database, options: HousekeepingOptions = {}) {
    this.#db = db;
    const book = new SessionBook(db);
    this.#parts = {
      ...{ book, tail: new Tail(db), chunks: new ChunkTables(db) },
      ...{ rollups: new RollupTables(db), ledger: new LedgerTables(db) },
    };
    this.#keeping = new Housekeeping(db, options);
    this.#folder = new Folder(this.#parts);
    this.#reader = new HistoryReader({ ...this.#parts, keptFromUs: (tierS) => this.#keeping.keptFromUs(tierS) });
    this.#recall();
  }

  append(batches: PackedBatch[]): AppendOutcome[] {
    const outcomes = this.#guard(() => {
      this.#keeping.refuseWhenFull();
      return this.#db.transaction(() => batches.map((batch) => this.#take(batch)))();
    });
    this.#refusal = undefined;
    if (this.#due.size > 0) this.#foldDue();
    return outcomes;
  }

  history(deviceId: string, range: HistoryRange): HistoryCurve {
    return this.#guard(() => this.#reader.curve(this.#parts.book.device(deviceId), range));
  }

  beats(deviceId: string, query: BeatQuery): BeatPage {
    return this.#guard(() => this.#reader.beats(this.#parts.book.device(deviceId), query));
  }

  extent(deviceId: string): HistoryExtent {
    return this.#guard(() => this.#reader.extent(this.#parts.book.device(deviceId)));
  }

  ledger(deviceId: string, range: { fromDay: number; toDay: number }): LedgerDay[] {
    return this.#guard(() => this.#reader.ledger(this.#parts.book.device(deviceId), range));
  }

  state(): StoreState {
    const { problems, counts, gauges } = this.#keeping.state();
    let tailBatches = 0;
    for (const { tail } of this.#parts.book.devices) tailBatches += tail.length;
    return {
      problems: [...(this.#refusal === undefined ? [] : [this.#refusal]), ...problems],
      counts: { ...this.#counts, redatedChunks: this.#folder.redated, ...counts },
      gauges: { tailBatches, brokenBatches: this.#parts.tail.broken, ...gauges },
    };
  }

  /** What is due now and then: minutes of quiet rooms, retention, the write-ahead log. In steps of some ten milliseconds. */
  tend(nowUs: number): void {
    this.#nowUs = Math.max(this.#nowUs, nowUs);
    try {
      this.#guard(() => {
        this.#foldQuiet();
        this.#keeping.step(nowUs);
        if (this.#refusal !== undefined) this.#probe();
      });
    } catch (error) {
      this.#keeping.failed(error as Error);
    }
  }

  /** Files everything that waits, also minutes that may go on. */
  foldAll(): void {
    this.#guard(() => {
      const waiting = [...this.#parts.book.devices].filter(({ tail }) => tail.length > 0);
      for (let from = 0; from < waiting.length; from += FOLD_GROUP) {
        this.#db.transaction(() => {
          for (const device of waiting.slice(from, from + FOLD_GROUP)) this.#fold(device, true);
        })();
      }
      this.#due.clear();
    });
  }

  close(): void {
    this.#db.close();
  }

  #take(batch: PackedBatch): AppendOutcome {
    const device = this.#parts.book.meet(batch.deviceId);
    const session = this.#parts.book.session(device, batch.session, batch.receivedAtUs);
    this.#nowUs = Math.max(this.#nowUs, batch.receivedAtUs);
    if (session.seen.has(batch.sequence)) return "duplicate";
    const wasMinute = session.waitingMinute;
    this.#parts.tail.add(session, batch);
    const isNextMinute = wasMinute !== undefined && batch.minute !== undefined && batch.minute !== wasMinute;
    if (isNextMinute || (batch.knowsDate && session.eras.some(({ isKnown }) => !isKnown))) this.#due.add(device);
    return "stored";
  }

  /** When many rooms fall silent at once, their last minutes are filed in many steps: a batch that comes waits for one of them. */
  #foldQuiet(): void {
    const until = performance.now() + TEND_MS;
    for (const device of this.#parts.book.devices) {
      if (!isQuiet(device, this.#nowUs)) continue;
      this.#due.add(device);
      if (this.#due.size < FOLD_GROUP) continue;
      this.#foldDue();
      if (this.#isStale || performance.now() > until) return;
    }
    this.#foldDue();
  }

  /** Folding is not what a batch waits for: it is safe in the tail, and what fails here is tried again. */
  #foldDue(): void {
    const devices = [...this.#due];
    for (let from = 0; from < devices.length && !this.#isStale; from += FOLD_GROUP) {
      const group = devices.slice(from, from + FOLD_GROUP);
      try {
        this.#db.transaction(() => {
          for (const device of group) this.#fold(device, false);
        })();
      } catch (error) {
        this.#counts.foldsFailed++;
        this.#isStale = true;
        this.#note(error as Error);
      }
    }
    this.#due.clear();
  }

  #fold(device: Device, isLast: boolean): void {
    this.#counts.folds++;
    this.#counts.foldedBeats += this.#folder.fold(device, { nowUs: this.#nowUs, isLast });
  }

  #recall(): void {
    this.#due.clear();
    this.#parts.book.recall();
    this.#parts.tail.recall(this.#parts.book);
    this.#isStale = false;
  }

  /** Every call goes through here: what was undone is forgotten, and what the disk says gets words. */
  #guard<Result>(work: () => Result): Result {
    if (this.#isStale) this.#recall();
    try {
      return work();
    } catch (error) {
      this.#isStale = true;
      throw this.#note(error as Error);
    }
  }

  #note(error: Error): Error {
    if (!isFull(error) && !(error instanceof UnavailableError)) return error;
    this.#counts.appendsFailed++;
    const remedy = isFull(error) ? `: Free some space on the disk of ${this.#db.name}` : "";
    this.#refusal = `History takes nothing: ${error.message}${remedy}`;
    return new UnavailableError(this.#refusal, { cause: error });
  }

  /** Is there room again? */
  #probe(): void {
    this.#keeping.refuseWhenFull();
    this.#keeping.probe();
    this.#refusal = undefined;
  }
}

function isQuiet({ tail }: Device, nowUs: number): boolean {
  return tail.some(({ session }) => nowUs - session.notedUs >= QUIET_US);
}
