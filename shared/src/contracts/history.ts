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

export const HistoryBatch = z.object({
  v: z.literal(1),
  session: z.string().min(1).max(64),
  /** Counts batches of this session from 0; (device, session, sequence) is stored once. */
  sequence: z.int().min(0),
  beats: z.array(Beat).min(1).max(1000),
});
export type HistoryBatch = z.infer<typeof HistoryBatch>;

export const HistoryAck = z.object({
  v: z.literal(1),
  session: z.string().min(1).max(64),
  sequence: z.int().min(0),
});
export type HistoryAck = z.infer<typeof HistoryAck>;
