/** What is older than its tier is kept into nothing, some rows at a time. Only what has been rolled up can go. Every call blocks. */
import type { Database } from "better-sqlite3";
import { TIERS } from "./rollup-block.js";

export interface RetentionOptions {
  /** Days that beats are kept. Default: for ever. */
  rawDays?: number;
  /** Days that buckets of 10 s, 5 min and 1 h are kept. Default: for ever. */
  tierDays?: Readonly<Record<number, number>>;
  /** Beyond this the oldest beats go first, whatever their age: bytes. Default: no limit. */
  maxBytes?: number;
}

const DAY_US = 86_400_000_000;
const DEVICES_A_STEP = 100;
const ROWS_A_STEP = 400;

export class Retention {
  readonly #db: Database;
  readonly #options: RetentionOptions;
  readonly #sql;
  /** Seconds per bucket (0 = the beats) → since when it is kept. */
  readonly #keptFrom = new Map<number, number>();
  #afterDevice = 0;
  #lastStepUs = 0;
  #chunksRemoved = 0;
  #rollupsRemoved = 0;

  constructor(db: Database, options: RetentionOptions) {
    this.#db = db;
    this.#options = options;
    this.#sql = statementsOf(db);
    for (const tier of [0, ...TIERS.map(({ bucketS }) => bucketS)]) {
      const row = this.#sql.fact.get(factOf(tier));
      this.#keptFrom.set(tier, row?.value ?? 0);
    }
  }

  keptFromUs(tierS: number): number {
    return this.#keptFrom.get(tierS) ?? 0;
  }

  /** One transaction of bounded size. */
  step(nowUs: number): void {
    this.#lastStepUs = nowUs;
    this.#raise(0, this.#rawFromUs(nowUs));
    for (const { bucketS } of TIERS) this.#raise(bucketS, nowUs - daysUs(this.#options.tierDays?.[bucketS]));
    if (![...this.#keptFrom.values()].some((fromUs) => fromUs > 0)) return;
    const devices = this.#sql.devices.all(this.#afterDevice, DEVICES_A_STEP);
    this.#afterDevice = devices.length < DEVICES_A_STEP ? 0 : (devices.at(-1)?.id ?? 0);
    this.#db.transaction(() => {
      let rows = ROWS_A_STEP;
      for (const { id } of devices) {
        rows -= this.#clear(id, rows);
        if (rows > 0) continue;
        this.#afterDevice = id - 1; // it may have more
        return;
      }
    })();
  }

  state() {
    return {
      counts: { removedChunks: this.#chunksRemoved, removedRollups: this.#rollupsRemoved },
      gauges: {
        retentionRanAtSeconds: this.#lastStepUs / 1e6,
        rawKeptFromSeconds: this.keptFromUs(0) / 1e6,
      },
    };
  }

  #rawFromUs(nowUs: number): number {
    const byAge = nowUs - daysUs(this.#options.rawDays);
    const { maxBytes } = this.#options;
    if (maxBytes === undefined || this.#usedBytes() <= maxBytes) return byAge;
    const oldestUs = this.#sql.oldest.get()?.fromUs ?? nowUs;
    // The last day stays: a limit that is too low must not empty the store.
    return Math.max(byAge, Math.min(oldestUs + DAY_US, nowUs - DAY_US));
  }

  /** On disk before anything goes: a reader must know where a tier begins. */
  #raise(tier: number, fromUs: number): void {
    const known = this.keptFromUs(tier);
    // Day by day, so that the fact is not written each second.
    const day = Math.floor(fromUs / DAY_US) * DAY_US;
    if (!(day > known)) return;
    this.#sql.setFact.run(factOf(tier), day);
    this.#keptFrom.set(tier, day);
  }

  /** Returns the number of rows that went. */
  #clear(device: number, limit: number): number {
    const rawFromUs = this.keptFromUs(0);
    const chunks = rawFromUs > 0 ? this.#sql.clearChunks.run({ device, rawFromUs, limit }).changes : 0;
    let rollups = 0;
    for (const { bucketS, blockS } of TIERS) {
      const fromUs = this.keptFromUs(bucketS);
      const block = Math.floor(fromUs / 1e6 / blockS);
      if (block > 0) rollups += this.#sql.clearRollups.run({ device, tier: bucketS, block, fromUs, limit }).changes;
    }
    this.#chunksRemoved += chunks;
    this.#rollupsRemoved += rollups;
    return chunks + rollups;
  }

  #usedBytes(): number {
    const pages = (name: string) => this.#db.pragma(name, { simple: true }) as number;
    return (pages("page_count") - pages("freelist_count")) * pages("page_size");
  }
}

const daysUs = (days = Number.POSITIVE_INFINITY): number => days * DAY_US;
const factOf = (tier: number): string => `kept_from_us_${tier}`;

const statementsOf = (db: Database) => ({
  fact: db.prepare<[string], { value: number }>("SELECT value FROM facts WHERE name = ?"),
  setFact: db.prepare<[string, number]>("INSERT OR REPLACE INTO facts VALUES (?, ?)"),
  devices: db.prepare<[number, number], { id: number }>("SELECT id FROM devices WHERE id > ? ORDER BY id LIMIT ?"),
  oldest: db.prepare<[], { fromUs: number | null }>(
    `SELECT min((SELECT min(from_us) FROM chunks WHERE device = devices.id AND from_us > 0)) fromUs FROM devices`,
  ),
  // A provisional date says nothing about age: such beats are as old as their session's last word.
  clearChunks: db.prepare<object>(
    `DELETE FROM chunks WHERE id IN (
       SELECT chunks.id FROM chunks JOIN eras USING (session, era) JOIN sessions ON sessions.id = chunks.session
       WHERE chunks.device = @device AND from_us < @rawFromUs AND (is_known OR noted_us < @rawFromUs) LIMIT @limit)`,
  ),
  clearRollups: db.prepare<object>(
    `DELETE FROM rollups WHERE device = @device AND tier = @tier AND block < @block AND (session = 0 OR
       (SELECT noted_us FROM sessions WHERE id = session) < @fromUs) LIMIT @limit`,
  ),
});
