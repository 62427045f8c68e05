/** An output's last failure into what is still worth telling: a failure that many sends have followed well is over. Pure. */
import type { OutputHealth } from "./outputs/output.js";

/** So long after the last failure, seconds. */
const OVER_AFTER_S = 10;

export class RecentError {
  #errors = 0;
  #text = "";
  #sent = 0;
  #at = 0;

  /** `now`: monotonic seconds. What was never counted as a failed send is a state of things and is told as long as it is said. */
  textOf({ errors, sent, lastError }: Pick<OutputHealth, "errors" | "sent" | "lastError">, now: number): string {
    if (errors !== this.#errors) {
      this.#errors = errors;
      this.#text = lastError;
      this.#sent = sent;
      this.#at = now;
    }
    const isOver = lastError === this.#text && sent > this.#sent && now - this.#at >= OVER_AFTER_S;
    return isOver ? "" : lastError;
  }
}
