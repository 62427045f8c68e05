/** Samples into linear mel magnitudes, one frame per hop: window, FFT, filterbank. Pure; allocates only at construction. */
import FFT from "fft.js";
import { BANDS, HOP_SAMPLES, WINDOW_SAMPLES } from "./feature-frame.js";
import { type MelFilter, melFilterbank } from "./mel-filterbank.js";

export class MelFrontend {
  /** Newest WINDOW_SAMPLES samples, written twice in a row so that a window is always contiguous. */
  private readonly history = new Float32Array(2 * WINDOW_SAMPLES);
  private readonly windowed = new Float64Array(WINDOW_SAMPLES);
  private readonly hann = Float64Array.from(
    { length: WINDOW_SAMPLES },
    (_, n) => 0.5 - 0.5 * Math.cos((2 * Math.PI * n) / WINDOW_SAMPLES),
  );
  private readonly fft = new FFT(WINDOW_SAMPLES);
  private readonly spectrum: number[] = this.fft.createComplexArray();
  private readonly power = new Float64Array(WINDOW_SAMPLES / 2 + 1);
  private readonly filters: MelFilter[] = melFilterbank();
  private write = 0;
  private pending = 0;

  /** 64 magnitudes of the newest frame; valid after push() returned true. */
  readonly magnitudes = new Float32Array(BANDS);

  /**
   * Take samples [from, …) up to the end of the hop under way. Returns how many were taken;
   * `frameReady` says whether they completed a hop.
   */
  take(samples: Float32Array, from: number): number {
    const count = Math.min(samples.length - from, HOP_SAMPLES - this.pending);
    for (let i = 0; i < count; i++) {
      const sample = samples[from + i] as number;
      this.history[this.write] = sample;
      this.history[this.write + WINDOW_SAMPLES] = sample;
      this.write = this.write + 1 === WINDOW_SAMPLES ? 0 : this.write + 1;
    }
    this.pending += count;
    return count;
  }

  /** True once per completed hop; fills `magnitudes`. */
  frameReady(): boolean {
    if (this.pending < HOP_SAMPLES) return false;
    this.pending = 0;
    this.transform();
    return true;
  }

  private transform(): void {
    const { windowed, hann, history, write, spectrum, power } = this;
    for (let n = 0; n < WINDOW_SAMPLES; n++) windowed[n] = (history[write + n] as number) * (hann[n] as number);
    this.fft.realTransform(spectrum, windowed as unknown as number[]);
    for (let bin = 0; bin <= WINDOW_SAMPLES / 2; bin++) {
      const re = spectrum[2 * bin] as number;
      const im = spectrum[2 * bin + 1] as number;
      power[bin] = Math.sqrt(re * re + im * im) / (WINDOW_SAMPLES / 2);
    }
    for (let band = 0; band < BANDS; band++) this.magnitudes[band] = this.filtered(this.filters[band] as MelFilter);
  }

  private filtered(filter: MelFilter): number {
    const { firstBin, weights } = filter;
    let sum = 0;
    for (let i = 0; i < weights.length; i++) sum += (weights[i] as number) * (this.power[firstBin + i] as number);
    return sum;
  }
}
