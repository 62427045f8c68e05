/** Fallen beats into batches on disk, kept until the cloud has them: committed once a second, bounded, in order. */
import { decodeHistory, encodeHistory } from "@tactus/shared";
import type { Database } from "better-sqlite3";
import type { Logger } from "pino";
import type { BeatNumber } from "../beat-mark.js";
import type { MissedBeats } from "./beat-numbers.js";
import type { FallenBeat } from "./history-collector.js";
import { type ClockReading, type Draft, OutboxDrafts, withoutBeats } from "./outbox-draft.js";
import { isDamage, keepSettled, nameOf, type OutboxRow, PUT_NAME, settledIn } from "./outbox-file.js";

export interface OutboxOptions {
  session: string;
  /** Opens the database; `damage`: the last one turned out to be damaged. */
  open(damage?: Error): Database;
  /** On disk, without the write-ahead log of about 1 MiB: bytes. */
  maxBytes: number;
  /** Kept in memory while the disk takes nothing: beats. Default 50 000, about seven hours. */
  maxPending?: number;
  log: Logger;
}

/** A batch on disk, ready to be sent. */
export type StoredBatch = Omit<OutboxRow, "beats">;

export interface ReadRange {
  after: number;
  before: number;
  limit: number;
}

/** Batches whose beats go in one step when the disk's share is used up. */
const SHED_STEP = 16;

export class Outbox {
  readonly #options: OutboxOptions;
  readonly #acknowledged = new Set<string>();
  readonly #refused = new Set<string>();
  #db: Database | undefined;
  #drafts: OutboxDrafts | undefined;
  #isStuck = false;
  #sealedBefore = 0;
  /** What the database holds of `settled`: name of a session -> number. */
  readonly #settled = new Map<string, number>();
  #maxBytes: number;

  constructor(options: OutboxOptions) {
    this.#options = options;
    this.#maxBytes = options.maxBytes;
  }

  /**
   * Blocks while the file is checked: call once, before anything else. Returns the last beat of each session that is settled
   * in it, the oldest session first.
   */
  startSync(): BeatNumber[] {
    const db = this.#options.open();
    const newest = db.prepare("SELECT max(id) AS id FROM waiting").get() as { id: number | null };
    this.#db = db;
    this.#sealedBefore = (newest.id ?? 0) + 1;
    this.#drafts = new OutboxDrafts({ session: this.#options.session, nextId: this.#sealedBefore });
    const settled = settledIn(db);
    for (const { name, number } of settled) this.#settled.set(name, number);
    return settled;
  }

  /** Room on disk from now on: bytes. What is too much goes with the next commit. */
  limit(maxBytes: number): void {
    this.#maxBytes = maxBytes;
  }

  /** No disk takes it: nothing is known of the lives before, and nothing outlives this one. */
  get isInMemory(): boolean {
    return this.#database().memory;
  }

  /** Batches on disk. */
  get count(): number {
    return this.#database().prepare("SELECT count(*) FROM waiting").pluck().get() as number;
  }

  stop(): void {
    this.#db?.close();
    this.#db = undefined;
  }

  /** Batches with this id or a later one may still grow, or are not on disk as they will be. */
  get sealedBefore(): number {
    return this.#sealedBefore;
  }

  get drafts(): OutboxDrafts {
    if (!this.#drafts) throw new Error("The outbox is not started");
    return this.#drafts;
  }

  add(beats: readonly FallenBeat[], clock: ClockReading, now: number): void {
    for (const beat of beats) this.drafts.add(beat, clock, now);
  }

  miss(missed: readonly MissedBeats[], now: number): void {
    for (const one of missed) this.drafts.miss(one, now);
  }

  /** The cloud has it. Forgotten with the next commit. */
  acknowledge(session: string, sequence: number): void {
    this.#acknowledged.add(keyOf({ session, sequence }));
  }

  /** The cloud will never take it: its beats become a number, which is sent in their place. */
  refuse(session: string, sequence: number): void {
    this.#refused.add(keyOf({ session, sequence }));
  }

  /**
   * Everything since the last commit, at once on disk, and with it `settled`: what has an end by this, up to the last beat of
   * each session. False: the disk takes nothing, and all stays in memory.
   */
  commitSync(settled: readonly BeatNumber[] = []): boolean {
    const news = settled.filter(({ name, number }) => this.#settled.get(name) !== number);
    try {
      this.#database().transaction(() => this.#write(news))();
      for (const { name, number } of news) this.#settled.set(name, number);
      this.drafts.written();
      this.#sealedBefore = this.drafts.growing?.id ?? this.drafts.nextId;
      this.#acknowledged.clear();
      this.#refused.clear();
      if (this.#isStuck) this.#options.log.info("The outbox can be written again");
      this.#isStuck = false;
      return true;
    } catch (error) {
      this.#failed(error as Error);
      return false;
    }
  }

  /** Sealed batches with `after` < id < `before`, the oldest first. */
  readSync({ after, before, limit }: ReadRange): StoredBatch[] {
    const sql =
      "SELECT id, session, sequence, payload FROM waiting WHERE id > @after AND id < @before ORDER BY id LIMIT @limit";
    const sealed = Math.min(before, this.#sealedBefore);
    try {
      const rows = this.#database().prepare(sql).all({ after, before: sealed, limit }) as StoredBatch[];
      return rows.filter((row) => !this.#acknowledged.has(keyOf(row)));
    } catch (error) {
      this.#failed(error as Error);
      return [];
    }
  }

  #database(): Database {
    if (!this.#db) throw new Error("The outbox is not started");
    return this.#db;
  }

  #write(settled: readonly BeatNumber[]): void {
    const db = this.#database();
    const forget = ["batches", "emptied", "names"].map((table) =>
      db.prepare(`DELETE FROM ${table} WHERE session = ? AND sequence = ?`),
    );
    for (const key of this.#acknowledged) for (const one of forget) one.run(...partsOf(key));
    const find = db.prepare("SELECT * FROM batches WHERE session = ? AND sequence = ?");
    for (const key of this.#refused) {
      const rows = find.all(...partsOf(key)) as OutboxRow[];
      if (rows.length > 0) this.#empty(rows);
      else for (const one of forget) one.run(...partsOf(key)); // not even the number is wanted
    }
    const put = db.prepare("INSERT OR REPLACE INTO batches VALUES (@id, @session, @sequence, @beats, @payload)");
    const putName = db.prepare(PUT_NAME);
    for (const draft of this.drafts.all) {
      put.run(rowOf(draft));
      putName.run(nameOf(draft.id, draft.batch));
      forget[1]?.run(draft.batch.session, draft.batch.sequence); // it was written off, and is not gone after all
    }
    keepSettled(db, settled);
    this.#shed();
  }

  /** The oldest beats go, their number stays. */
  #shed(): void {
    const { log } = this.#options;
    const db = this.#database();
    const growing = this.drafts.growing?.id ?? this.drafts.nextId;
    const oldest = db.prepare("SELECT * FROM batches WHERE id < ? ORDER BY id LIMIT ?");
    let lost = 0;
    while (usedBytes(db) > this.#maxBytes) {
      const rows = oldest.all(growing, SHED_STEP) as OutboxRow[];
      if (rows.length === 0) break;
      lost += this.#empty(rows);
    }
    if (lost > 0) log.warn({ beats: lost }, "The outbox is full, the oldest beats were dropped");
  }

  #empty(rows: readonly OutboxRow[]): number {
    const db = this.#database();
    const put = db.prepare("INSERT INTO emptied VALUES (@id, @session, @sequence, 0, @payload)");
    const remove = db.prepare("DELETE FROM batches WHERE id = @id");
    const putName = db.prepare(PUT_NAME);
    for (const row of rows) {
      remove.run({ id: row.id });
      const empty = withoutBeats(decodeHistory(row.payload));
      put.run({ ...row, payload: encodeHistory(empty) });
      putName.run(nameOf(row.id, empty));
    }
    return rows.reduce((sum, { beats }) => sum + beats, 0);
  }

  #failed(error: Error): void {
    const { open, log, maxPending = 50_000 } = this.#options;
    if (isDamage(error)) {
      this.#db?.close();
      this.#db = open(error);
      this.#settled.clear();
      return;
    }
    if (!this.#isStuck) log.error({ reason: error.message }, "The outbox cannot be written: beats wait in memory");
    this.#isStuck = true;
    const lost = this.drafts.shed(maxPending);
    if (lost > 0)
      log.warn({ beats: lost }, "No room for history, neither on disk nor in memory: the oldest beats went");
  }
}

function usedBytes(db: Database): number {
  const [pages, free, size] = ["page_count", "freelist_count", "page_size"].map((name) =>
    Number(db.pragma(name, { simple: true })),
  );
  return ((pages ?? 0) - (free ?? 0)) * (size ?? 0);
}

function rowOf({ id, batch }: Draft): OutboxRow {
  const { session, sequence, beats } = batch;
  return { id, session, sequence, beats: beats.length, payload: encodeHistory(batch) };
}

/** A session holds no space. */
const keyOf = ({ session, sequence }: { session: string; sequence: number }): string => `${session} ${sequence}`;

function partsOf(key: string): [string, number] {
  const at = key.lastIndexOf(" ");
  return [key.slice(0, at), Number(key.slice(at + 1))];
}
