/** What the agent asks of the supervisor. */
import type { Place } from "./slot-state.js";

/** Run the model at `from` on probation, and keep it after `ofS` seconds. */
export interface ModelTrial {
  /** Of the update; the outcome carries it. */
  id: string;
  from: Place | "incoming";
  ofS: number;
}
