/** Mel magnitudes into log features at a nominal level: slow automatic gain, then ln(1 + 1000 m). Pure. */
import { BANDS } from "./feature-frame.js";

const TAU_FRAMES = 200;
const TARGET = 0.01;
const FLOOR = 2e-5;
const LOG_SCALE = 1000;
const KEEP = Math.exp(-1 / TAU_FRAMES);

export class GainControl {
  private power = 0;
  /** KEEP to the number of frames heard: corrects the leaky mean at the start, where it is the plain mean. */
  private unheard = 1;

  /** Gain applied to the last frame, linear. */
  gain = 0;

  /** 64 magnitudes -> 64 features, written to `out` from `offset`. Realtime-safe: no allocation. */
  apply(magnitudes: Float32Array, out: Float32Array, offset: number): void {
    let square = 0;
    for (let band = 0; band < BANDS; band++) square += (magnitudes[band] as number) ** 2;
    this.power = KEEP * this.power + (1 - KEEP) * (square / BANDS);
    this.unheard *= KEEP;
    this.gain = TARGET / Math.sqrt(this.power / (1 - this.unheard) + FLOOR * FLOOR);
    for (let band = 0; band < BANDS; band++) {
      out[offset + band] = Math.log1p(LOG_SCALE * this.gain * (magnitudes[band] as number));
    }
  }
}
