/** Instants at which a frame is wanted into those at which one may leave: DMX carries at most 44 frames a second. */

/** A full DMX frame takes 22.7 ms: no receiver can show more than 44 a second. */
export const MAX_FRAME_RATE_HZ = 44;

/** A frame on a beat always leaves; the next regular one is skipped for it, so that the rate holds on average. */
export class FramePacer {
  readonly #rateHz: number;
  #credit = 1;
  #last = 0;

  constructor(options: { rateHz: number }) {
    this.#rateHz = options.rateHz;
  }

  /** `now` in monotonic seconds. Half a frame of credit is lent, so that the caller's jitter costs no frame. */
  admits(now: number, onBeat: boolean): boolean {
    this.#credit = Math.min(1.5, this.#credit + Math.max(0, now - this.#last) * this.#rateHz);
    this.#last = now;
    if (!onBeat && this.#credit < 0.5) return false;
    this.#credit -= 1;
    return true;
  }
}
