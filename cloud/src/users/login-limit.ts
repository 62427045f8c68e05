/** Wrong passwords into pauses: for an account and for an address. Pure; epoch microseconds. */

export interface LoginLimitOptions {
  /** Wrong ones in a row before the first pause. Default 5. */
  free?: number;
  /** The first pause, seconds; each further wrong one doubles it. Default 2. */
  firstS?: number;
  /** Default 900. */
  longestS?: number;
  /** Names and addresses remembered at most. Default 10 000. */
  remembered?: number;
}

interface Record {
  wrong: number;
  untilUs: number;
}

export class LoginLimit {
  readonly #options: Required<LoginLimitOptions>;
  readonly #records = new Map<string, Record>();

  constructor(options: LoginLimitOptions = {}) {
    this.#options = { free: 5, firstS: 2, longestS: 900, remembered: 10_000, ...options };
  }

  /** Seconds to wait before `who` may try again; 0 = now. */
  waitS(who: string, nowUs: number): number {
    return Math.max(0, Math.ceil(((this.#records.get(who)?.untilUs ?? 0) - nowUs) / 1e6));
  }

  wrong(who: string, nowUs: number): void {
    const { free, firstS, longestS, remembered } = this.#options;
    const wrong = (this.#records.get(who)?.wrong ?? 0) + 1;
    const pauseS = wrong < free ? 0 : Math.min(longestS, firstS * 2 ** (wrong - free));
    this.#records.delete(who);
    this.#records.set(who, { wrong, untilUs: nowUs + pauseS * 1e6 });
    const [oldest] = this.#records.keys();
    if (this.#records.size > remembered && oldest !== undefined) this.#records.delete(oldest);
  }

  right(who: string): void {
    this.#records.delete(who);
  }
}
