/** Contract: one device as the gates of a rollout see it. */
import type { ShadowResult, UpdateState } from "@tactus/shared";
import type { HealthSums } from "./health-sums.js";

/** One device, in the roles it has had. A device that was control and then got the candidate has both. */
export interface HealthUnit {
  deviceId: string;
  venue: string;
  /** Until the rollout began. */
  before: HealthSums;
  /** Since then, without the candidate. */
  control: HealthSums;
  /** With the candidate. */
  candidate: HealthSums;
  /** Most crashes within ten minutes of running the candidate. */
  crashesInTenMinutes: number;
  shadow?: ShadowResult | undefined;
  /** How its update stands; undefined = it has not been taken in, or has not begun. */
  update?: UpdateState | undefined;
}
