/** Bytes of raw PCM into samples of full scale ±1, whatever the borders of the chunks they come in. */
import { InputError, UsageError } from "@tactus/shared";

export const SAMPLE_FORMATS = ["u8", "s16le", "s24le", "s32le", "f32le", "f64le"] as const;
export type SampleFormat = (typeof SAMPLE_FORMATS)[number];

export interface PcmFormat {
  sampleRateHz: number;
  audioChannels: number;
  sampleFormat: SampleFormat;
}

export const SAMPLE_BYTES: Record<SampleFormat, number> = { u8: 1, s16le: 2, s24le: 3, s32le: 4, f32le: 4, f64le: 8 };

/** Wider than any sound card or recording: what lies outside is a damaged header. */
const RATES_HZ = { min: 4000, max: 384000 };
const MAX_CHANNELS = 64;

/** `text` (from a command line) as a sample format. Throws UsageError naming it. */
export function parseSampleFormat(text: string): SampleFormat {
  const format = SAMPLE_FORMATS.find((candidate) => candidate === text.toLowerCase());
  if (!format) throw new UsageError(`Sample format "${text}" is unknown: use one of ${SAMPLE_FORMATS.join(", ")}`);
  return format;
}

/** Throws InputError when `what` (a file name) states a rate or channel count that nothing real has. */
export function checkShape(shape: { sampleRateHz: number; audioChannels: number }, what: string): void {
  const { sampleRateHz, audioChannels } = shape;
  if (!(sampleRateHz >= RATES_HZ.min && sampleRateHz <= RATES_HZ.max)) {
    throw new InputError(
      `${what} says its sample rate is ${sampleRateHz} Hz, outside ${RATES_HZ.min}–${RATES_HZ.max}: ` +
        "convert it with ffmpeg -ar 48000",
    );
  }
  if (!(audioChannels >= 1 && audioChannels <= MAX_CHANNELS)) {
    throw new InputError(`${what} says it has ${audioChannels} audio channels, at most ${MAX_CHANNELS} can be read`);
  }
}

/**
 * Keeps the bytes of an unfinished sample frame for the next chunk. Runs in O(n); allocates only when a chunk
 * is larger than every one before it. NaN and infinity become 0 and are counted.
 */
export class PcmDecoder {
  nonFiniteSamples = 0;
  private readonly frameBytes: number;
  private readonly carry: Uint8Array;
  private carried = 0;
  private scratch = new ArrayBuffer(0);
  private decoded = new Float32Array(0);

  constructor(private readonly format: PcmFormat) {
    this.frameBytes = SAMPLE_BYTES[format.sampleFormat] * format.audioChannels;
    this.carry = new Uint8Array(this.frameBytes);
  }

  /** Bytes of a sample frame that was begun and not finished. */
  get pendingBytes(): number {
    return this.carried;
  }

  /** Whole sample frames in `chunk` and what was left before, interleaved. The view is valid until the next call. */
  decode(chunk: Uint8Array): Float32Array {
    const total = this.carried + chunk.length;
    const whole = total - (total % this.frameBytes);
    const bytes = this.gather(chunk, whole);
    const count = whole / SAMPLE_BYTES[this.format.sampleFormat];
    if (this.decoded.length < count) this.decoded = new Float32Array(count);
    const out = this.decoded.subarray(0, count);
    CONVERT[this.format.sampleFormat](bytes, out);
    if (this.format.sampleFormat.startsWith("f")) this.nonFiniteSamples += silenceNonFinite(out);
    return out;
  }

  /** Carried bytes and `chunk` up to `whole` bytes, in an aligned buffer; the rest is carried. */
  private gather(chunk: Uint8Array, whole: number): ArrayBuffer {
    if (this.scratch.byteLength < whole) this.scratch = new ArrayBuffer(whole);
    if (whole === 0) {
      this.carry.set(chunk, this.carried);
      this.carried += chunk.length;
      return this.scratch;
    }
    const target = new Uint8Array(this.scratch);
    const used = whole - this.carried;
    target.set(this.carry.subarray(0, this.carried));
    target.set(chunk.subarray(0, used), this.carried);
    this.carry.set(chunk.subarray(used));
    this.carried = chunk.length - used;
    return this.scratch;
  }
}

/** 80 dB above full scale: a damaged float, which would overflow further on as surely as infinity does. */
const LARGEST_SAMPLE = 1e4;

/** Replace NaN, ±Infinity and absurd values by 0 in place; returns how many there were. */
export function silenceNonFinite(samples: Float32Array): number {
  let count = 0;
  for (let i = 0; i < samples.length; i++) {
    // Written so that NaN, which compares false with everything, is caught too.
    if (!(Math.abs(samples[i] as number) <= LARGEST_SAMPLE)) {
      samples[i] = 0;
      count++;
    }
  }
  return count;
}

/** Every machine this runs on (x86-64, arm64) is little-endian, so typed arrays read the bytes as they are. */
const CONVERT: Record<SampleFormat, (bytes: ArrayBuffer, out: Float32Array) => void> = {
  u8: (bytes, out) => {
    const source = new Uint8Array(bytes);
    for (let i = 0; i < out.length; i++) out[i] = ((source[i] as number) - 128) / 128;
  },
  s16le: (bytes, out) => {
    const source = new Int16Array(bytes, 0, out.length);
    for (let i = 0; i < out.length; i++) out[i] = (source[i] as number) / 32768;
  },
  s24le: (bytes, out) => {
    const source = new Uint8Array(bytes);
    for (let i = 0, at = 0; i < out.length; i++, at += 3) {
      // In the upper three bytes of an int32, so that the sign comes out right.
      const high =
        ((source[at] as number) << 8) | ((source[at + 1] as number) << 16) | ((source[at + 2] as number) << 24);
      out[i] = high / 2147483648;
    }
  },
  s32le: (bytes, out) => {
    const source = new Int32Array(bytes, 0, out.length);
    for (let i = 0; i < out.length; i++) out[i] = (source[i] as number) / 2147483648;
  },
  f32le: (bytes, out) => out.set(new Float32Array(bytes, 0, out.length)),
  f64le: (bytes, out) => out.set(new Float64Array(bytes, 0, out.length)),
};
