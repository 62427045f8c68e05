/** The beat grid as it stands: topics `grid` and `tempo`, both retained. */
import { z } from "zod";
import { BeatSource } from "./beat.js";

export const GridMessage = z.object({
  v: z.literal(1),
  session: z.string().min(1).max(64),
  sentAtUs: z.int().positive(),
  /** Is there music in the room? */
  music: z.boolean(),
  /** Does the device announce beats now? */
  running: z.boolean(),
  /** Seconds per beat; 0 when not running. */
  period: z.number().min(0),
  bpm: z.number().min(0).max(1000),
  /** A beat of the grid, epoch microseconds, with its place in the bar: phase at any instant follows. */
  anchorUs: z.int().min(0),
  beatInBar: z.int().min(0).max(32),
  beatsPerBar: z.int().min(1).max(32),
  bar: z.int().min(0),
  confidence: z.number().min(0).max(1),
  /** Other tempi that fit, with their share of belief, best first: octave ambiguity is visible. */
  alternatives: z.array(z.object({ bpm: z.number().positive(), share: z.number().min(0).max(1) })).max(4),
  source: BeatSource,
  /** After this instant the grid is no longer vouched for. */
  validUntilUs: z.int().min(0),
});
export type GridMessage = z.infer<typeof GridMessage>;

export const TempoMessage = z.object({
  v: z.literal(1),
  /** 0 when there is none. */
  bpm: z.number().min(0).max(1000),
  state: z.enum(["silent", "searching", "tracking", "held"]),
});
export type TempoMessage = z.infer<typeof TempoMessage>;
