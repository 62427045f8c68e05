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
  /** Feature frames that one step takes. */
  readonly stepFrames: number;
  /** `stepFrames` new frames of 64 values -> their activations, oldest first. What is returned is reused. Calls must not overlap. */
  step(features: Float32Array): Promise<readonly Activation[]>;
  /** Forget everything heard. */
  reset(): void;
  close(): Promise<void>;
}
