/** Mel magnitudes of each hop into 16 bands and three energies, [0, 1] after automatic gain. Pure. */

const BANDS = 64;
export const LEVEL_BANDS = 16;
const PER_LEVEL = BANDS / LEVEL_BANDS;
const HOP_S = 0.02;
/** Quieter than this is not amplified to full scale: linear magnitude. */
const FLOOR = 2e-3;
/** The gain of a band follows its loudest of about ten seconds, the gain of an energy that of half a minute. */
const BAND_PEAK_DECAY = Math.exp(-HOP_S / 10);
const ENERGY_PEAK_DECAY = Math.exp(-HOP_S / 30);
/** Energies speak of the last half second. */
const ENERGY_KEEP = Math.exp(-HOP_S / 0.25);
/** First mel band of low (30 Hz), mid (about 200 Hz), high (about 2.5 kHz), and the end. */
const ENERGY_EDGES = [0, 5, 35, BANDS] as const;

export interface Energy {
  low: number;
  mid: number;
  high: number;
}

/** Realtime-safe: no allocation after construction. */
export class BandLevels {
  /** [0, 1], low to high; overwritten by the next update(). */
  readonly bands = new Float32Array(LEVEL_BANDS);
  readonly #bandPeaks = new Float32Array(LEVEL_BANDS).fill(FLOOR);
  readonly #smoothed = new Float32Array(3);
  readonly #energies = new Float32Array(3);
  readonly #energyPeaks = new Float32Array(3).fill(FLOOR);

  /** `magnitudes`: 64 linear mel magnitudes of one hop. */
  update(magnitudes: Float32Array): void {
    for (let band = 0; band < LEVEL_BANDS; band++) {
      const mean = meanOf(magnitudes, band * PER_LEVEL, (band + 1) * PER_LEVEL);
      this.bands[band] = Math.sqrt(gained(mean, { peaks: this.#bandPeaks, index: band, decay: BAND_PEAK_DECAY }));
    }
    for (let part = 0; part < 3; part++) {
      const mean = meanOf(magnitudes, ENERGY_EDGES[part] as number, ENERGY_EDGES[part + 1] as number);
      this.#smoothed[part] = mean + ((this.#smoothed[part] as number) - mean) * ENERGY_KEEP;
      this.#energies[part] = gained(this.#smoothed[part] as number, {
        peaks: this.#energyPeaks,
        index: part,
        decay: ENERGY_PEAK_DECAY,
      });
    }
  }

  /** Allocates: for announcements, not for every hop. */
  energy(): Energy {
    return { low: this.#energyOf(0), mid: this.#energyOf(1), high: this.#energyOf(2) };
  }

  #energyOf(part: number): number {
    return Math.round((this.#energies[part] as number) * 100) / 100;
  }
}

function meanOf(magnitudes: Float32Array, from: number, to: number): number {
  let sum = 0;
  for (let k = from; k < to; k++) sum += magnitudes[k] as number;
  return sum / (to - from);
}

/** Value relative to its decaying peak, [0, 1]; moves the peak. */
function gained(value: number, gain: { peaks: Float32Array; index: number; decay: number }): number {
  const decayed = Math.max(FLOOR, (gain.peaks[gain.index] as number) * gain.decay);
  const peak = Math.max(value, decayed);
  gain.peaks[gain.index] = peak;
  return Math.min(1, value / peak);
}
