/** A delivery that failed into when it is tried again, and a target that keeps failing into a pause. Pure. */

export interface RetryOptions {
  /** Upper bound of the first wait, seconds. */
  baseS: number;
  /** Upper bound of every wait, seconds. */
  capS: number;
  /** After this it is a dead letter, seconds. */
  giveUpS: number;
}

export const RETRY: RetryOptions = { baseS: 10, capS: 3600, giveUpS: 86_400 };

export interface Failure {
  /** Tries so far, this one included. */
  attempts: number;
  queuedUs: number;
  nowUs: number;
  /** What the receiver asked for, seconds. */
  retryAfterS: number;
  /** [0, 1). */
  random: number;
}

/** When to try again, epoch microseconds; undefined = no more. Half of each wait is jitter, so that targets do not align. */
export function nextTryUs(failure: Failure, { baseS, capS, giveUpS }: RetryOptions): number | undefined {
  const { attempts, queuedUs, nowUs, retryAfterS, random } = failure;
  const bound = Math.min(capS, baseS * 2 ** Math.min(30, attempts - 1));
  const waitS = Math.max(retryAfterS, bound * (0.5 + random / 2));
  const nextUs = Math.round(nowUs + waitS * 1e6);
  return nextUs - queuedUs > giveUpS * 1e6 ? undefined : nextUs;
}

/** Failures in a row that open the circuit of a target. */
const MAX_FAILURES = 5;
const PAUSE_S = 30;
const MAX_PAUSE_S = 600;

/** Open: nothing is sent to the target. After the pause one delivery probes it. */
export class CircuitBreaker {
  #failures = 0;
  #openUntilUs = 0;

  /** How many may be sent now. */
  allowance(nowUs: number, most: number): number {
    if (nowUs < this.#openUntilUs) return 0;
    return this.#failures >= MAX_FAILURES ? 1 : most;
  }

  isOpen(nowUs: number): boolean {
    return nowUs < this.#openUntilUs;
  }

  succeeded(): void {
    this.#failures = 0;
    this.#openUntilUs = 0;
  }

  failed(nowUs: number): void {
    this.#failures++;
    if (this.#failures < MAX_FAILURES) return;
    const pauseS = Math.min(MAX_PAUSE_S, PAUSE_S * 2 ** Math.min(10, this.#failures - MAX_FAILURES));
    this.#openUntilUs = nowUs + pauseS * 1e6;
  }
}
