/** Mono samples at 22 050 Hz into grid events: the whole beat path, the same live and over files. */
import type { OverrideAction, OverrideState } from "@tactus/shared";
import type { GridEvent, GridState } from "./grid/grid-event.js";

export interface PipelineOptions {
  /** Folder with manifest.json and the ONNX file. */
  artifactDir: string;
  /** How long before it is due a beat is announced, milliseconds. Default 200. */
  leadMs?: number;
  /** From how long before it is due nothing changes any more, milliseconds. Default 100. */
  freezeMs?: number;
  /** Prefix of beatId. */
  session?: string;
}

/** Everything known after one hop of 20 ms. Valid during the call only: buffers are reused. */
export interface Hop {
  /** Stream seconds at the end of the hop: the newest sound heard. */
  time: number;
  beat: number;
  downbeat: number;
  /** Linear mel magnitudes before gain control, 64 values. */
  magnitudes: Float32Array;
  music: boolean;
  events: GridEvent[];
  /** Milliseconds spent by stage. */
  spent: { frontend: number; model: number; decoder: number };
}

export interface BeatPipeline {
  /** Feed any number of samples; resolves when every whole hop in them has been heard. Calls must not overlap. */
  push(samples: Float32Array): Promise<void>;
  /** `samples` sample frames are missing from the stream: time goes on, state is kept when the gap is short. */
  skip(samples: number): void;
  /** The grid at this stream time. Allocates; not for every hop. */
  state(): GridState;
  /** Apply the operator's hand. `at` is the stream time it refers to (now, or an earlier tap). */
  override(action: OverrideAction, at: number, by: string): OverrideResult;
  overrideState(): OverrideResult;
  close(): Promise<void>;
}

/** OverrideState without the parts only the publisher knows, in stream time. */
export interface OverrideResult
  extends Pick<OverrideState, "mode" | "octave" | "nudgeMs" | "bpm" | "by" | "refused"> {
  /** Stream seconds. */
  since: number;
  /** Stream seconds, 0 = does not expire. */
  expiresAt: number;
}

export type OpenPipeline = (options: PipelineOptions, onHop: (hop: Hop) => void) => Promise<BeatPipeline>;
