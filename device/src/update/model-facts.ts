/** What the supervisor tells the agent about the models of the box. */
import type { ModelName } from "@tactus/shared";
import type { Outcome, Place, Probation } from "./slot-state.js";

export interface ModelFacts {
  active: ModelName | null;
  /** Ready to go back to. */
  standby: ModelName | null;
  /** Every whole model that is on this box. */
  places: ({ place: Place } & ModelName)[];
  probation: Probation | null;
  /** How the last update ended. */
  outcome: Outcome | null;
  /** The trial that could not even begin; told once. */
  refused?: { id: string; reason: string };
}
