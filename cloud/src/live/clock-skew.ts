/** Arrival times into how far a device's clock is from ours: the quickest messages tell it best. */

/** A clock kept by NTP, and a message's way here, stay within this; nothing is corrected then. */
const BELIEVABLE_US = { early: 20_000, late: 150_000 };
const WINDOW_US = 30_000_000;

export class ClockSkew {
  #windowStartUs = 0;
  #present: number | undefined;
  #previous: number | undefined;

  /** A message stamped `sentAtUs` by the device arrived at `receivedAtUs`. */
  add(sentAtUs: number, receivedAtUs: number): void {
    if (receivedAtUs - this.#windowStartUs > WINDOW_US) {
      this.#previous = this.#present;
      this.#present = undefined;
      this.#windowStartUs = receivedAtUs;
    }
    const delay = receivedAtUs - sentAtUs;
    this.#present = Math.min(this.#present ?? delay, delay);
  }

  /** Add this to the device's stamps to get our time, microseconds. */
  get skewUs(): number {
    const least = Math.min(this.#present ?? Number.POSITIVE_INFINITY, this.#previous ?? Number.POSITIVE_INFINITY);
    const believable = least > -BELIEVABLE_US.early && least < BELIEVABLE_US.late;
    return Number.isFinite(least) && !believable ? least : 0;
  }
}
