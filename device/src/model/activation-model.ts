/** Feature frames into activations: the contract of a streaming model. */

export interface Activation {
  beat: number;
  downbeat: number;
  /** The same for the beat 100 and 200 ms ahead. */
  beatIn100ms: number;
  beatIn200ms: number;
  /** Probability that there is music at all. */
  music: number;
}

export interface ActivationModel {
  /** 64 feature values of the newest frame -> its activations. The returned object is reused. Calls must not overlap. */
  step(features: Float32Array): Promise<Activation>;
  /** Forget everything heard. */
  reset(): void;
  close(): Promise<void>;
}
