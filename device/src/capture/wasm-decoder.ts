/** FLAC, Ogg Vorbis, Ogg Opus and MP3 into samples where there is no ffmpeg, by WebAssembly decoders from npm. */
import { InputError, UnavailableError } from "@tactus/shared";
import { checkShape, silenceNonFinite } from "./pcm-decoder.js";
import type { PcmStream } from "./pcm-stream.js";

/** Codings with a decoder of their own, and the package it comes from. */
export const WASM_PACKAGES = {
  flac: "@wasm-audio-decoders/flac",
  vorbis: "@wasm-audio-decoders/ogg-vorbis",
  opus: "ogg-opus-decoder",
  mp3: "mpg123-decoder",
} as const;
export type WasmCoding = keyof typeof WASM_PACKAGES;

interface Decoded {
  /** One array per audio channel. */
  channelData: Float32Array[];
  samplesDecoded: number;
  sampleRate: number;
  errors: { message: string }[];
}

/** What the decoders have in common; mpg123-decoder answers at once and has nothing to flush. */
interface WasmDecoder {
  readonly ready: Promise<void>;
  decode(bytes: Uint8Array): Decoded | Promise<Decoded>;
  flush?(): Promise<Decoded>;
  free(): void;
}

/**
 * Decode a stream of encoded bytes. Encoder delay (Opus pre-skip, the LAME tag) is dropped, as ffmpeg does.
 * Throws UnavailableError when the package is missing, InputError when no sound comes out.
 */
export async function decodeByWasm(
  bytes: AsyncIterable<Uint8Array>,
  input: { coding: WasmCoding; what: string },
): Promise<PcmStream> {
  const decoder = await openDecoder(input.coding, input.what);
  const reading = new WasmReading(bytes, { decoder, what: input.what });
  const first = await reading.first();
  return {
    sampleRateHz: first.sampleRateHz,
    audioChannels: first.audioChannels,
    chunks: reading.chunks(),
    notes: () => reading.notes(),
  };
}

async function openDecoder(coding: WasmCoding, what: string): Promise<WasmDecoder> {
  try {
    const decoder = await CREATE[coding]();
    await decoder.ready;
    return decoder;
  } catch (cause) {
    throw new UnavailableError(
      `${what} cannot be decoded: neither ffmpeg nor ${WASM_PACKAGES[coding]} is here. ` +
        `Install ffmpeg (sudo apt install ffmpeg) or the package (npm install ${WASM_PACKAGES[coding]})`,
      { cause },
    );
  }
}

/** About a quarter of a second of music: decoding it takes a millisecond or two, and nothing else runs meanwhile. */
const FED_BYTES = 4096;

/** Loaded when first needed: a device that hears live sound never pays for them. */
const CREATE: Record<WasmCoding, () => Promise<WasmDecoder>> = {
  flac: async () => new (await import("@wasm-audio-decoders/flac")).FLACDecoder(),
  vorbis: async () => new (await import("@wasm-audio-decoders/ogg-vorbis")).OggVorbisDecoder(),
  opus: async () => new (await import("ogg-opus-decoder")).OggOpusDecoder(),
  mp3: async () => new (await import("mpg123-decoder")).MPEGDecoder(),
};

/** One pass over the bytes: the shape is known only after the first samples, so these are held back. */
class WasmReading {
  private shape = { sampleRateHz: 0, audioChannels: 0 };
  private firstSamples: Float32Array = new Float32Array(0);
  private interleaved = new Float32Array(0);
  private nonFinite = 0;
  private damage: string[] = [];
  private readonly results: AsyncGenerator<Float32Array>;

  constructor(
    private readonly bytes: AsyncIterable<Uint8Array>,
    private readonly input: { decoder: WasmDecoder; what: string },
  ) {
    this.results = this.decodeAll();
  }

  async first(): Promise<{ sampleRateHz: number; audioChannels: number }> {
    const result = await this.results.next();
    if (result.done)
      throw new InputError(`${this.input.what} holds no audio: ${this.damage[0] ?? "no frame was found in it"}`);
    this.firstSamples = result.value;
    return this.shape;
  }

  async *chunks(): AsyncGenerator<Float32Array> {
    try {
      yield this.firstSamples;
      yield* this.results;
    } finally {
      await this.results.return(undefined);
    }
  }

  notes(): string[] {
    const notes = this.damage.length > 0 ? [`${this.damage.length} damaged frames, the first: ${this.damage[0]}`] : [];
    if (this.nonFinite > 0) notes.push(`${this.nonFinite} samples that are not numbers were read as silence`);
    return notes;
  }

  private async *decodeAll(): AsyncGenerator<Float32Array> {
    const { decoder } = this.input;
    try {
      for await (const chunk of this.bytes) {
        for (let at = 0; at < chunk.length; at += FED_BYTES) {
          // A copy of its own: the decoders keep views into what they are given until the next call.
          const samples = this.take(await decoder.decode(new Uint8Array(chunk.subarray(at, at + FED_BYTES))));
          if (samples) yield samples;
        }
      }
      const last = decoder.flush ? this.take(await decoder.flush()) : undefined;
      if (last) yield last;
    } finally {
      decoder.free();
    }
  }

  /** Interleave what came out; undefined when nothing did. */
  private take(decoded: Decoded): Float32Array | undefined {
    for (const error of decoded.errors) this.damage.push(error.message);
    if (decoded.samplesDecoded === 0) return undefined;
    const audioChannels = decoded.channelData.length;
    this.checkSameShape({ sampleRateHz: decoded.sampleRate, audioChannels });
    const count = decoded.samplesDecoded * audioChannels;
    if (this.interleaved.length < count) this.interleaved = new Float32Array(count);
    const out = this.interleaved.subarray(0, count);
    for (const [channel, source] of decoded.channelData.entries()) {
      for (let i = 0, at = channel; i < decoded.samplesDecoded; i++, at += audioChannels) out[at] = source[i] as number;
    }
    this.nonFinite += silenceNonFinite(out);
    return out;
  }

  private checkSameShape(shape: { sampleRateHz: number; audioChannels: number }): void {
    const { sampleRateHz, audioChannels } = this.shape;
    if (sampleRateHz === 0) {
      checkShape(shape, this.input.what);
      this.shape = shape;
    } else if (sampleRateHz !== shape.sampleRateHz || audioChannels !== shape.audioChannels) {
      throw new InputError(
        `${this.input.what} changes in the middle from ${audioChannels} channels at ${sampleRateHz} Hz ` +
          `to ${shape.audioChannels} at ${shape.sampleRateHz} Hz: install ffmpeg, which can follow that`,
      );
    }
  }
}
