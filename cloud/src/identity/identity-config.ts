/** Settings of claiming and logins. */
import { z } from "zod";

export const IdentityConfig = z.strictObject({
  /** A box fetches a new login when its present one is so old, days; 0 = never. */
  rotateAfterDays: z.number().min(0).max(3650).default(30),
  /** The login before stays good for so long while the new one was not used, days. */
  graceDays: z.number().min(0).max(3650).default(30),
  /** A claim code holds for so long, seconds. */
  claimCodeS: z.number().min(1).max(86_400).default(900),
  /** So many boxes may wait to be claimed at once. */
  maxPendingClaims: z.int().min(1).max(100_000).default(1000),
});
export type IdentityConfig = z.infer<typeof IdentityConfig>;
