/** Messages of one client into a verdict: a flood on the local broker may not take the time of the hearing. Pure. */

const PER_SECOND = 100;
const BURST = 300;

/** A token bucket. */
export class PublishRate {
  #tokens = BURST;
  #at = Number.NEGATIVE_INFINITY;

  /** `now`: monotonic seconds. */
  allows(now: number): boolean {
    this.#tokens = Math.min(BURST, this.#tokens + Math.min(10, now - this.#at) * PER_SECOND);
    this.#at = now;
    if (this.#tokens < 1) return false;
    this.#tokens--;
    return true;
  }
}
