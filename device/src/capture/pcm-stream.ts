/** What every decoder turns its input into, and how that becomes blocks. */
import type { SampleBlock } from "./audio-source.js";

/** Decoded sound, in chunks of whatever size came about. */
export interface PcmStream {
  readonly sampleRateHz: number;
  readonly audioChannels: number;
  /** Interleaved, whole sample frames. Each chunk is valid until the next one is asked for. */
  readonly chunks: AsyncIterable<Float32Array>;
  /** What was wrong with the input and what was done about it, complete once `chunks` has ended. */
  notes(): string[];
}

/** The length of a sound card's block at 44.1 kHz is 512; other rates get the same duration. */
export function cardBlockSamples(sampleRateHz: number): number {
  return Math.max(16, Math.round((sampleRateHz * 512) / 44100));
}

/**
 * Cut a stream into blocks of `blockSamples`, the last one shorter. `capturedAt` is seconds since the start of
 * the stream. One block object and one buffer are used for all: they are the receiver's until it asks for more.
 */
export async function* blocksOf(
  stream: PcmStream,
  blockSamples = cardBlockSamples(stream.sampleRateHz),
): AsyncGenerator<SampleBlock, void, undefined> {
  const { sampleRateHz, audioChannels } = stream;
  const buffer = new Float32Array(blockSamples * audioChannels);
  const block: SampleBlock = { samples: buffer, audioChannels, sampleRateHz, capturedAt: 0, lostSamples: 0 };
  let filled = 0;
  let given = 0;
  for await (const chunk of stream.chunks) {
    for (let at = 0; at < chunk.length; ) {
      const part = Math.min(chunk.length - at, buffer.length - filled);
      buffer.set(chunk.subarray(at, at + part), filled);
      at += part;
      filled += part;
      if (filled < buffer.length) break;
      block.capturedAt = given / sampleRateHz;
      yield block;
      given += blockSamples;
      filled = 0;
    }
  }
  if (filled === 0) return;
  block.samples = buffer.subarray(0, filled);
  block.capturedAt = given / sampleRateHz;
  yield block;
}
