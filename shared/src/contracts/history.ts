/** Beats that have fallen, on their way to the cloud's history: topics `history` and `history/ack`. */
import { z } from "zod";
import { BeatSource } from "./beat.js";

/** A beat as it stood when it froze. */
export const Beat = z.object({
  beatId: z.string().min(1).max(64),
  atUs: z.int().positive(),
  beatInBar: z.int().min(0).max(32),
  beatsPerBar: z.int().min(1).max(32),
  bar: z.int().min(0),
  bpm: z.number().positive().max(1000),
  confidence: z.number().min(0).max(1),
  source: BeatSource,
});
export type Beat = z.infer<typeof Beat>;

/** The box's clocks at the first beat of a batch. */
export const BatchClock = z.object({
  /** The box's monotonic clock at the first beat, microseconds: counts on within a session whatever is done to the date. */
  monotonicUs: z.int().min(0),
  /** The cloud's clock minus the box's, microseconds; 0 before it was measured. */
  offsetUs: z.int(),
  /** Half of the round trip by which the offset was measured, microseconds; 0 before it was measured. */
  uncertaintyUs: z.int().min(0),
  /** False while the box's date is known to be wrong, or nothing is known about it. */
  synchronised: z.boolean(),
});
export type BatchClock = z.infer<typeof BatchClock>;

/** What became of the beats of one day: exact, and counted once, because a batch is stored once. */
export const BatchLedger = z.object({
  /** Days since 1 January 1970 (UTC) by the box's clock: every beat of the batch counts for it. */
  day: z.int().min(0).max(100_000),
  /** Beats that fell on this day and in this session, up to and with this batch: received, lost or unaccounted. */
  produced: z.int().min(0),
  /** Beats that this batch would hold if the box had found room for them. */
  lost: z.int().min(0),
  /** Beats that were announced and of which the agent knows nothing more: it was not running. */
  unaccounted: z.int().min(0),
});
export type BatchLedger = z.infer<typeof BatchLedger>;

export const HistoryBatch = z
  .object({
    v: z.literal(1),
    session: z.string().min(1).max(64),
    /** Counts batches of this session from 0; (device, session, sequence) is stored once. */
    sequence: z.int().min(0),
    /** In the order in which they fell. Empty only where `ledger` says what is missing. */
    beats: z.array(Beat).max(1000),
    /** Sent again, or after the link was down: not as soon as it was made. */
    late: z.boolean().optional(),
    clock: BatchClock.optional(),
    ledger: BatchLedger.optional(),
  })
  .refine(({ beats, ledger }) => beats.length > 0 || ledger !== undefined, {
    error: "Invalid input: no beats, and no ledger that says why",
    path: ["beats"],
  });
export type HistoryBatch = z.infer<typeof HistoryBatch>;

export const HistoryAck = z.object({
  v: z.literal(1),
  session: z.string().min(1).max(64),
  sequence: z.int().min(0),
  /** Late batches the box may send, per second, until the next acknowledgement; absent = as before. */
  backfillPerS: z.number().positive().max(10_000).optional(),
  /** Why the batch was not stored and never will be: the box counts its beats as lost. Absent = it is stored. */
  refused: z.string().min(1).max(200).optional(),
});
export type HistoryAck = z.infer<typeof HistoryAck>;
