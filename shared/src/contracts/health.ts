/** How well a box does its musical work: part of `telemetry`, a minute at a time. What rollouts are judged by. */
import { z } from "zod";

/** Since the message before, of one session of hearing and one model. Counts and sums, so that windows can be added up. */
export const HealthWindow = z.object({
  /** "name version" of the active model. */
  model: z.string().min(1).max(121),
  /** How long the window was, seconds. */
  seconds: z.number().min(0),
  /** Of these, with music in the room. */
  musicS: z.number().min(0),
  /** Of these, with beats announced. */
  lockedS: z.number().min(0),
  beats: z.int().min(0),
  /** Sum over beats of |period − period before| / period before: beat stability is this divided by `beats`, small is good. */
  periodChange: z.number().min(0),
  /** How often the tempo changed to about half or double (or third or triple) of itself without the operator's hand. */
  octaveFlips: z.int().min(0),
  /** How often the beat was lost while music went on, or music began. */
  relocks: z.int().min(0),
  /** Sum of the seconds from there to the next beat. */
  relockS: z.number().min(0),
  /** Sum of confidence over beats. */
  confidence: z.number().min(0),
  /** Overrides of the operator that correct the tracker: half, double, shift, downbeat, nudge, tap. */
  corrections: z.int().min(0),
});
export type HealthWindow = z.infer<typeof HealthWindow>;
