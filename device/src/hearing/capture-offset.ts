/** A capture offset that is changed while the music plays into small steps that no rig shows. Pure. */

/** Seconds by which all beats move in a second of music: 1 %, less than a DJ's pitch bend. */
const SLEW = 0.01;

/** Realtime-safe: no allocation, no waiting. Seconds everywhere. */
export class CaptureOffset {
  #now: number;
  #wanted: number;

  constructor(options: { offset: number }) {
    this.#now = options.offset;
    this.#wanted = options.offset;
  }

  /** In force: to be added to capture times. */
  get now(): number {
    return this.#now;
  }

  set(offset: number): void {
    this.#wanted = offset;
  }

  /** `elapsed` more seconds of sound; where nobody hears a beat it may jump. Returns by how much it has moved. */
  advance(elapsed: number, mayJump: boolean): number {
    const open = this.#wanted - this.#now;
    if (open === 0) return 0;
    const most = mayJump ? Number.POSITIVE_INFINITY : SLEW * elapsed;
    const step = Math.max(-most, Math.min(most, open));
    this.#now = step === open ? this.#wanted : this.#now + step;
    return step;
  }
}
