/** Steps of the pipeline into batches for a model that is to hear along, twice a second. */
import { BANDS, FPS } from "../frontend/feature-frame.js";
import type { Activation } from "../model/activation-model.js";
import type { Step } from "../pipeline.js";

/** Half a second. */
const BATCH_FRAMES = FPS / 2;
/** Heads of an Activation, after the magnitudes. */
const HEADS = 5;
const FRAME_VALUES = BANDS + HEADS;
/** A batch that its reader has not taken yet; what more comes is dropped, so that memory stays bounded. */
const MAX_UNSENT = 8;

export interface FeatureTapOptions {
  /** `at`: stream seconds at the end of the first frame; `values` are valid during the call. Call `sent` when it has left. */
  send: (batch: { at: number; values: Float32Array }, sent: () => void) => void;
}

export class FeatureTap {
  readonly #options: FeatureTapOptions;
  readonly #values = new Float32Array(BATCH_FRAMES * FRAME_VALUES);
  #frames = 0;
  #at = 0;
  #unsent = 0;
  #isOn = false;

  constructor(options: FeatureTapOptions) {
    this.#options = options;
  }

  turn(isOn: boolean): void {
    this.#isOn = isOn;
    this.#frames = 0;
  }

  /** Realtime-safe: copies; allocates and sends when a batch is full. */
  step({ time, magnitudes, activations }: Step): void {
    if (!this.#isOn) return;
    const from = time - (activations.length - 1) / FPS;
    const isGap = this.#frames > 0 && Math.abs(from - this.#at - this.#frames / FPS) > 0.5 / FPS;
    if (isGap || this.#frames + activations.length > BATCH_FRAMES) this.#flush();
    if (this.#frames === 0) this.#at = from;
    for (let k = 0; k < activations.length; k++)
      this.#copy(magnitudes[k] as Float32Array, activations[k] as Activation);
  }

  #copy(magnitudes: Float32Array, { beat, downbeat, beatIn100ms, beatIn200ms, music }: Activation): void {
    const values = this.#values;
    const from = this.#frames++ * FRAME_VALUES;
    values.set(magnitudes, from);
    values[from + BANDS] = beat;
    values[from + BANDS + 1] = downbeat;
    values[from + BANDS + 2] = beatIn100ms;
    values[from + BANDS + 3] = beatIn200ms;
    values[from + BANDS + 4] = music;
  }

  #flush(): void {
    const values = this.#values.subarray(0, this.#frames * FRAME_VALUES);
    this.#frames = 0;
    if (this.#unsent >= MAX_UNSENT) return;
    this.#unsent++;
    this.#options.send({ at: this.#at, values }, () => this.#unsent--);
  }
}
