/** Where sound comes from: blocks of samples with the time at which they were in the room. */

/** Interleaved samples as the source gave them. */
export interface SampleBlock {
  /** audioChannels × n values, full scale ±1. Owned by the receiver only during the call. */
  samples: Float32Array;
  audioChannels: number;
  sampleRateHz: number;
  /** Monotonic seconds (Clock.monotonic) at which the first sample was in the room. */
  capturedAt: number;
  /** Sample frames lost just before this block: an xrun, a restart. */
  lostSamples: number;
}

export type SourceEvent =
  | { state: "running" }
  /** The source died or went quiet on us; it is being reopened, nothing needs to be done. */
  | { state: "lost"; reason: string }
  /** A file or a pipe came to its end. */
  | { state: "ended" };

export interface AudioSource {
  /** For people: "naudiodon: default", "file: song.ogg". */
  readonly description: string;
  /**
   * Open and begin. `onBlock` is called in order; a source that is not live (a file read as fast as it can be)
   * waits for the returned promise before the next block. Rejects with UnavailableError or InputError when the
   * source cannot be opened at all.
   */
  start(onBlock: (block: SampleBlock) => void | Promise<void>, onEvent: (event: SourceEvent) => void): Promise<void>;
  /** Undo start(); resolves when no further call will be made. */
  stop(): Promise<void>;
}
