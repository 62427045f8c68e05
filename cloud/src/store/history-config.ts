/** Settings of the history: where it is kept and for how long. */
import { z } from "zod";

const days = z.int().min(1).max(36_500);

const Retention = z.strictObject({
  /** Days that every single beat is kept. */
  rawDays: days.default(400),
  /** Days that buckets of 10 s are kept. */
  tenSecondDays: days.default(400),
  /** Days that buckets of 5 min are kept. Those of 1 h are kept for ever. */
  fiveMinuteDays: days.default(1830),
  /** Beyond this the oldest beats go first, whatever their age, but never their rollups nor the last day: gigabytes (10^9). */
  maxGb: z.number().min(0.01).max(100_000).optional(),
});

const InfluxConfig = z.strictObject({
  /** Where InfluxDB 2 answers. */
  url: z.url({ protocol: /^https?$/ }).default("http://127.0.0.1:8086"),
  org: z.string().min(1).max(100).default("tactus"),
  /** Its own retention is what counts for beats. */
  bucket: z.string().min(1).max(100).default("tactus"),
  /** Token that may write and read the bucket; better given in the environment, as TACTUS_INFLUX_TOKEN. */
  token: z.string().min(1).max(500).optional(),
});

export const HistoryConfig = z.strictObject({
  /** `sqlite`: history.db in the data directory. `influx`: beats in InfluxDB, their numbers and the ledger in history-books.db. */
  store: z.enum(["sqlite", "influx"]).default("sqlite"),
  retention: Retention.prefault({}),
  /** Batches are refused while the disk has less room than this, so that everything else goes on: megabytes. */
  minFreeMb: z.int().min(0).max(1_000_000).default(64),
  /** Batches are refused while the write-ahead log is longer than this, since somebody reads without end: megabytes. */
  maxWalMb: z.int().min(64).max(100_000).default(1024),
  influx: InfluxConfig.prefault({}),
});
export type HistoryConfig = z.infer<typeof HistoryConfig>;
