/** When a process that died is started again, and when that has become a nuisance. Pure; monotonic seconds. */

/** The first restart is at once; from then on each waits twice as long as the one before. */
const FIRST_DELAY_S = 0.25;
const LONGEST_DELAY_S = 30;
/** A process that lived this long starts with a clean slate. */
const STABLE_S = 60;
const NUISANCE_COUNT = 3;
const NUISANCE_WITHIN_S = 600;

export class RestartPolicy {
  #consecutive = 0;
  #deaths: number[] = [];

  /** It lived from `startedAt` to `now`; returns how many seconds to wait before the next start. */
  died(startedAt: number, now: number): number {
    if (now - startedAt >= STABLE_S) this.#consecutive = 0;
    this.#deaths = [...this.#deaths.slice(1 - NUISANCE_COUNT), now];
    const delay = this.#consecutive === 0 ? 0 : FIRST_DELAY_S * 2 ** (this.#consecutive - 1);
    this.#consecutive++;
    return Math.min(LONGEST_DELAY_S, delay);
  }

  /** Has it died again and again of late? */
  isNuisance(now: number): boolean {
    const [first] = this.#deaths;
    return this.#deaths.length >= NUISANCE_COUNT && first !== undefined && now - first < NUISANCE_WITHIN_S;
  }
}
