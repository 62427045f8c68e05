/** What a candidate did in its trial. */
import { TactusError } from "@tactus/shared";

/** The candidate crashed, hung, or cannot be used; it is not taken. */
export class TrialError extends TactusError {
  constructor(message: string) {
    super(message, "trial-failed");
  }
}
