/** Blocks of mono samples into the loudness of the last 50 ms or so. Pure; allocates nothing. */

const QUIETEST_DB = -120;

export class Loudness {
  #rms = 0;
  #peak = 0;

  block(samples: Float32Array): void {
    if (samples.length === 0) return;
    let squares = 0;
    let peak = 0;
    for (let k = 0; k < samples.length; k++) {
      const value = samples[k] as number;
      squares += value * value;
      peak = Math.max(peak, Math.abs(value));
    }
    this.#rms = Math.sqrt(squares / samples.length);
    this.#peak = peak;
  }

  /** dB relative to full scale, -120…12. */
  get rmsDb(): number {
    return decibels(this.#rms);
  }

  get peakDb(): number {
    return decibels(this.#peak);
  }
}

const decibels = (amplitude: number): number =>
  Math.min(12, Math.max(QUIETEST_DB, 20 * Math.log10(Math.max(amplitude, 1e-9))));
