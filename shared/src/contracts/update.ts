/** Where a box stands with its models: part of `twin/reported`. */
import { z } from "zod";

export const ModelName = z.object({ name: z.string().min(1).max(80), version: z.string().min(1).max(40) });
export type ModelName = z.infer<typeof ModelName>;

/** In this order; `waiting` is for the moment to switch; the last four are ends. */
export const UpdateState = z.enum([
  "checking",
  "downloading",
  "golden",
  "shadow",
  "waiting",
  "probation",
  "committed",
  "rolled-back",
  "refused",
  "failed",
]);
export type UpdateState = z.infer<typeof UpdateState>;

/** How the candidate beats the golden clip on this hardware. */
export const GoldenResult = z.object({
  /** Beats of the clip within 20 ms of the expected ones, [0, 1]. */
  agreement: z.number().min(0).max(1),
  /** 99th percentile of a hop's processing, milliseconds; the budget is in the manifest. */
  hopP99Ms: z.number().min(0),
});
export type GoldenResult = z.infer<typeof GoldenResult>;

/** The candidate beside the active model on the same live sound. */
export const ShadowResult = z.object({
  model: z.string().min(1).max(121),
  /** Music that both have heard, seconds. */
  musicS: z.number().min(0),
  /** Beats of either without a partner within 70 ms in the other, of all beats of both, [0, 1]. */
  disagreement: z.number().min(0).max(1),
  /** How often the candidate's tempo stood at half or double of the active one's for two seconds or more. */
  octaveFlips: z.int().min(0),
  /** Mean change from one period to the next, relative to the period, of each. */
  instability: z.object({ active: z.number().min(0), candidate: z.number().min(0) }),
  hopP99Ms: z.number().min(0),
});
export type ShadowResult = z.infer<typeof ShadowResult>;

export const UpdateReport = z.object({
  name: z.string().min(1).max(80),
  version: z.string().min(1).max(40),
  rollout: z.string().max(64),
  state: UpdateState,
  sinceUs: z.int().min(0),
  /** Of the present state, [0, 1], where it has an end that is known. */
  progress: z.number().min(0).max(1).optional(),
  /** Why it was refused, failed or rolled back; or what it waits for. */
  reason: z.string().max(400),
  /** What holds the switch up, and when that gives way (0 = never). */
  lock: z.object({ reason: z.string().min(1).max(200), expiresAtUs: z.int().min(0) }).optional(),
  golden: GoldenResult.optional(),
  shadow: ShadowResult.optional(),
});
export type UpdateReport = z.infer<typeof UpdateReport>;

export const ReportedModels = z.object({
  active: ModelName,
  /** In the other slot, ready to go back to; null = the slot is empty. */
  standby: ModelName.nullable(),
  /** The last update that was begun, also after its end; null = none yet. */
  update: UpdateReport.nullable(),
});
export type ReportedModels = z.infer<typeof ReportedModels>;
