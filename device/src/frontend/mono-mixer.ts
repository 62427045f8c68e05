/** Any number of audio channels into one: their mean, but without channels that say nothing and pairs that cancel. */

/** A channel this far below the loudest one (in energy, −50 dB) is an unused socket. */
const DEAD = 1e-5;
/** A mean with this share (−10 dB) of what unrelated channels would leave: they cancel, one is wired in opposite phase. */
const CANCELLED = 0.1;
/** Energy per sample below which nothing is concluded: −80 dB of full scale. */
const QUIET = 1e-8;

/**
 * Pure; what it gives depends on the samples only, not on how they were cut into blocks: weights are looked at once
 * per second of samples and faded over 10 ms. An ordinary recording keeps the plain mean.
 */
export class MonoMixer {
  private readonly period: number;
  private readonly fadeSamples: number;
  /** Sums of squares over the present second: of each channel, and of their mean. */
  private readonly energies: Float64Array;
  private meanEnergy = 0;
  private seen = 0;
  /** What each channel counts now, and after the fade. */
  private readonly weights: Float64Array;
  private readonly wanted: Float64Array;
  private fadeLeft = 0;

  constructor(private readonly shape: { audioChannels: number; sampleRateHz: number }) {
    const { audioChannels, sampleRateHz } = shape;
    this.period = Math.round(sampleRateHz);
    this.fadeSamples = Math.round(sampleRateHz / 100);
    this.energies = new Float64Array(audioChannels);
    this.weights = new Float64Array(audioChannels).fill(1 / audioChannels);
    this.wanted = this.weights.slice();
  }

  /** Write the mix of `samples` (interleaved) into `out` from `at`. Realtime-safe: does not allocate. */
  mix(samples: Float32Array, out: Float32Array, at: number): void {
    const { audioChannels } = this.shape;
    const count = samples.length / audioChannels;
    if (audioChannels === 1) {
      out.set(samples, at);
      return;
    }
    for (let i = 0; i < count; i++) {
      out[at + i] = this.mixOne(samples, i * audioChannels);
      if (this.fadeLeft > 0) this.fade();
      if (++this.seen === this.period) this.reconsider();
    }
  }

  private mixOne(samples: Float32Array, first: number): number {
    const { audioChannels } = this.shape;
    let mix = 0;
    let sum = 0;
    for (let channel = 0; channel < audioChannels; channel++) {
      const value = samples[first + channel] as number;
      mix += value * (this.weights[channel] as number);
      sum += value;
      this.energies[channel] = (this.energies[channel] as number) + value * value;
    }
    this.meanEnergy += (sum * sum) / (audioChannels * audioChannels);
    return mix;
  }

  private fade(): void {
    for (let channel = 0; channel < this.weights.length; channel++) {
      const now = this.weights[channel] as number;
      this.weights[channel] = now + ((this.wanted[channel] as number) - now) / this.fadeLeft;
    }
    this.fadeLeft--;
  }

  private reconsider(): void {
    let loudest = 0;
    let total = 0;
    for (const energy of this.energies) {
      loudest = Math.max(loudest, energy);
      total += energy;
    }
    if (loudest > QUIET * this.period) {
      const unrelated = total / this.energies.length ** 2;
      if (this.meanEnergy < CANCELLED * unrelated) this.wanted.fill(0)[this.energies.indexOf(loudest)] = 1;
      else this.shareAmong((energy) => energy > DEAD * loudest);
      this.fadeLeft = this.fadeSamples;
    }
    this.energies.fill(0);
    this.meanEnergy = 0;
    this.seen = 0;
  }

  private shareAmong(isAlive: (energy: number) => boolean): void {
    let alive = 0;
    for (const energy of this.energies) if (isAlive(energy)) alive++;
    for (let channel = 0; channel < this.wanted.length; channel++) {
      this.wanted[channel] = isAlive(this.energies[channel] as number) ? 1 / alive : 0;
    }
  }
}
