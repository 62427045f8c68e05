/** What the active model heard and said, as it travels from hearing to the trial: frames packed into text. Pure. */

/** Linear mel magnitudes of a frame. */
const BANDS = 64;
/** Beat, downbeat, the same 100 and 200 ms ahead (of the beat), music: what the active model made of the frame. */
const HEADS = 5;
export const FRAME_VALUES = BANDS + HEADS;

export interface FeatureBatch {
  /** Stream seconds at the end of the first frame. */
  at: number;
  /** Frame after frame of FRAME_VALUES numbers. */
  values: Float32Array;
}

/** About 18 kB a second of music: base64 of float32, after the time. Allocates. */
export function packBatch({ at, values }: FeatureBatch): string {
  return `${at} ${Buffer.from(values.buffer, values.byteOffset, values.byteLength).toString("base64")}`;
}

/** Undefined when it is not what packBatch makes. */
export function unpackBatch(text: string): FeatureBatch | undefined {
  const space = text.indexOf(" ");
  const bytes = Buffer.from(text.slice(space + 1), "base64");
  const at = Number(text.slice(0, space));
  if (space < 1 || !Number.isFinite(at) || bytes.length % (4 * FRAME_VALUES) !== 0) return undefined;
  return { at, values: new Float32Array(new Uint8Array(bytes).buffer) };
}
