/** A seed into the same random numbers again: mulberry32. */

export class Random {
  #state: number;

  /** Text names the place of use: "17 bar-3" and "17 bar-4" are independent. */
  constructor(seed: string) {
    this.#state = hashOf(seed);
  }

  /** [0, 1). */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }

  between(low: number, high: number): number {
    return low + (high - low) * this.next();
  }

  chance(probability: number): boolean {
    return this.next() < probability;
  }

  /** Mean 0, deviation 1: the sum of twelve is near enough. */
  normal(): number {
    let sum = -6;
    for (let k = 0; k < 12; k++) sum += this.next();
    return sum;
  }

  /** How many of events that come `mean` at a time on average. */
  count(mean: number): number {
    const limit = Math.exp(-Math.min(mean, 500));
    let events = 0;
    for (let product = this.next(); product > limit; product *= this.next()) events++;
    return events;
  }
}

/** FNV-1a. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  return hash;
}
