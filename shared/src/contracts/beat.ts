/** An announced beat: topic `beat`. */
import { z } from "zod";

export const BeatSource = z.enum(["tracker", "hand", "map"]);
export type BeatSource = z.infer<typeof BeatSource>;

export const BeatState = z.enum(["announced", "revised", "withdrawn"]);
export type BeatState = z.infer<typeof BeatState>;

/**
 * A beat that has not fallen yet. A revision carries the same `beatId` and a higher `rev`;
 * from `freezeMs` before it is due nothing about it changes any more.
 */
export const BeatPrediction = z.object({
  v: z.literal(1),
  /** `<session>-<counter>`, unique per device. */
  beatId: z.string().min(1).max(64),
  rev: z.int().min(0),
  state: BeatState,
  /** When the beat is heard in the room, epoch microseconds. */
  dueAtUs: z.int().positive(),
  /** The same, milliseconds from sending: no clock needed. Negative in a history. */
  dueInMs: z.number(),
  /** 1 = downbeat, 0 = unknown. */
  beatInBar: z.int().min(0).max(32),
  beatsPerBar: z.int().min(1).max(32),
  bar: z.int().min(0),
  bpm: z.number().positive().max(1000),
  /** Probability that a beat falls within ±70 ms of `dueAtUs`, [0, 1]. */
  confidence: z.number().min(0).max(1),
  /** One standard deviation of `dueAtUs`, milliseconds. */
  uncertaintyMs: z.number().min(0),
  source: BeatSource,
  /** Loudness of the last half second by band, [0, 1]. */
  energy: z.object({
    low: z.number().min(0).max(1),
    mid: z.number().min(0).max(1),
    high: z.number().min(0).max(1),
  }),
});
export type BeatPrediction = z.infer<typeof BeatPrediction>;
