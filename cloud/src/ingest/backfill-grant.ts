/** How many late batches each device may send per second: a share of what the store has to spare. Pure. */

export interface BackfillGrantOptions {
  /** Late batches per second of all devices together while nothing is waiting. Default 400. */
  totalPerS?: number;
}

/** A device that sent nothing late for this long is done: microseconds. */
const DONE_AFTER_US = 10_000_000;
const MOST_PER_S = 50;
const LEAST_PER_S = 0.2;

export interface Arrival {
  deviceId: string;
  late: boolean;
  atUs: number;
  /** How full the queue before the store is, [0, 1]. */
  fill: number;
}

export class BackfillGrant {
  readonly #totalPerS: number;
  readonly #lateAt = new Map<string, number>();

  constructor({ totalPerS = 400 }: BackfillGrantOptions = {}) {
    this.#totalPerS = totalPerS;
  }

  /** Batches per second for this device until its next acknowledgement. */
  after({ deviceId, late, atUs, fill }: Arrival): number {
    if (late) {
      this.#lateAt.delete(deviceId);
      this.#lateAt.set(deviceId, atUs); // the newest last
    }
    this.#forgetDone(atUs);
    const devices = Math.max(1, this.#lateAt.size);
    const share = (this.#totalPerS * (1 - fill)) / devices;
    return Math.max(LEAST_PER_S, Math.min(MOST_PER_S, Math.round(share * 10) / 10));
  }

  #forgetDone(nowUs: number): void {
    for (const [deviceId, atUs] of this.#lateAt) {
      if (nowUs - atUs < DONE_AFTER_US) return;
      this.#lateAt.delete(deviceId);
    }
  }
}
