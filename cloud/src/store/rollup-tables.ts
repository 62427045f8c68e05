/** The rollups on disk: a block of buckets a row. Every call blocks. */
import type { Database } from "better-sqlite3";
import { addTo, type Block, type Bucket, decodeBlock, encodeBlock, TIERS, type Tier } from "./rollup-block.js";

const SECOND = 1_000_000;

export interface RollupRow {
  /** Seconds per bucket. */
  tier: number;
  block: number;
  session: number;
  buckets: Block;
}

/** What is new for the buckets of one device: collected first, so that each row is written once. */
export class RollupChange {
  readonly #blocks = new Map<string, RollupRow>();

  /** `session`: 0, or the session while its dates are provisional. */
  add(atUs: number, bucket: Bucket, session: number): void {
    const atS = Math.floor(atUs / SECOND);
    for (const { bucketS, blockS } of TIERS) {
      const block = Math.floor(atS / blockS);
      const key = `${bucketS} ${block} ${session}`;
      let row = this.#blocks.get(key);
      if (!row) {
        row = { tier: bucketS, block, session, buckets: new Map() };
        this.#blocks.set(key, row);
      }
      addTo(row.buckets, Math.floor((atS - block * blockS) / bucketS), bucket);
    }
  }

  get rows() {
    return this.#blocks.values();
  }
}

export class RollupTables {
  readonly #read;
  readonly #write;
  readonly #range;
  readonly #drop;

  constructor(db: Database) {
    this.#read = db.prepare<object, { data: Uint8Array }>(
      "SELECT data FROM rollups WHERE device = @device AND tier = @tier AND block = @block AND session = @session",
    );
    this.#write = db.prepare<object>("INSERT OR REPLACE INTO rollups VALUES (@device, @tier, @block, @session, @data)");
    this.#range = db.prepare<object, { block: number; session: number; data: Uint8Array }>(
      `SELECT block, session, data FROM rollups WHERE device = @device AND tier = @tier AND block BETWEEN @fromBlock AND @toBlock`,
    );
    this.#drop = db.prepare<object>(
      "DELETE FROM rollups WHERE device = @device AND tier = @tier AND block = @block AND session = @session",
    );
  }

  add(device: number, change: RollupChange): void {
    for (const row of change.rows) this.put(device, row);
  }

  /** Adds the buckets to those that are there. */
  put(device: number, { buckets, ...row }: RollupRow): void {
    const at = { device, ...row };
    const present = this.#read.get(at);
    const merged = present ? decodeBlock(present.data) : buckets;
    if (present) for (const [place, bucket] of buckets) addTo(merged, place, bucket);
    this.#write.run({ ...at, data: encodeBlock(merged) });
  }

  /** Everything that a provisional session has added up to around these dates. */
  dropProvisional(device: number, session: number, datesUs: readonly number[]): void {
    for (const { bucketS, blockS } of TIERS) {
      const blocks = new Set(datesUs.map((atUs) => Math.floor(atUs / SECOND / blockS)));
      for (const block of blocks) this.#drop.run({ device, tier: bucketS, block, session });
    }
  }

  /** Buckets that begin in fromS ≤ start < toS, in no order; a provisional one beside that of sure dates. */
  *buckets(device: number, { bucketS, blockS }: Tier, { fromS, toS }: { fromS: number; toS: number }) {
    const blocks = { fromBlock: Math.floor(fromS / blockS), toBlock: Math.floor((toS - 1) / blockS) };
    for (const { block, session, data } of this.#range.all({ device, tier: bucketS, ...blocks })) {
      for (const [place, bucket] of decodeBlock(data)) {
        const startS = block * blockS + place * bucketS;
        if (startS >= fromS && startS < toS) yield { startS, bucket, session };
      }
    }
  }
}
