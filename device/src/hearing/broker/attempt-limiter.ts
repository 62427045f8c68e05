/** Failed log-ins by address into a pause: nobody gets to try all pairing codes. Pure. */

const ATTEMPTS = 10;
const PAUSE_S = 60;
const MAX_ADDRESSES = 1000;

export class AttemptLimiter {
  readonly #failures = new Map<string, { count: number; since: number }>();

  /** `now`: monotonic seconds. */
  isPaused(address: string, now: number): boolean {
    const failure = this.#failures.get(address);
    if (!failure) return false;
    if (now - failure.since > PAUSE_S) this.#failures.delete(address);
    return failure.count >= ATTEMPTS && now - failure.since <= PAUSE_S;
  }

  failed(address: string, now: number): void {
    const failure = this.#failures.get(address);
    if (failure) failure.count++;
    else this.#remember(address, now);
  }

  #remember(address: string, now: number): void {
    if (this.#failures.size >= MAX_ADDRESSES) {
      const [oldest] = this.#failures.keys();
      this.#failures.delete(oldest as string);
    }
    this.#failures.set(address, { count: 1, since: now });
  }
}
