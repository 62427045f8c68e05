/** Section `rollouts` of the cloud's configuration. */
import { z } from "zod";

export const RolloutsConfig = z.strictObject({
  /** How often rollouts are looked at, seconds. */
  tickS: z.number().min(0.05).max(600).default(10),
  /** So much music makes one observation of a room's health, seconds. */
  blockS: z.number().min(10).max(7200).default(600),
  /** A device unheard for so long does not hold a phase up, seconds; it comes later into the phase it belongs to. */
  unreachableAfterS: z.number().min(1).max(604_800).default(900),
});
export type RolloutsConfig = z.infer<typeof RolloutsConfig>;
