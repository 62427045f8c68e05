/** How long to wait before the next try: full jitter, forgotten only after a try that lasted. Pure. */

export interface BackoffOptions {
  /** Upper bound of the first wait, seconds. Default 1. */
  base?: number;
  /** Upper bound of every wait, seconds. Default 60. */
  cap?: number;
  /** What lasted this long counts as stable, seconds. Default 30. */
  stable?: number;
  /** [0, 1). */
  random?: () => number;
}

export class Backoff {
  readonly #options: Required<BackoffOptions>;
  #attempts = 0;
  #openedAt: number | undefined;

  constructor(options: BackoffOptions = {}) {
    this.#options = { base: 1, cap: 60, stable: 30, random: Math.random, ...options };
  }

  /** It works now. Monotonic seconds. */
  opened(now: number): void {
    this.#openedAt = now;
  }

  /** It ended, or the try failed; returns the seconds to wait. */
  closed(now: number): number {
    const { base, cap, stable, random } = this.#options;
    if (this.#openedAt !== undefined && now - this.#openedAt >= stable) this.#attempts = 0;
    this.#openedAt = undefined;
    const bound = Math.min(cap, base * 2 ** this.#attempts);
    this.#attempts = Math.min(this.#attempts + 1, 30);
    return random() * bound;
  }
}
