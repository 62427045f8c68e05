/** A stream of WAV bytes (a file, a pipe) into samples, in bounded memory. */
import { InputError } from "@tactus/shared";
import { PcmDecoder, SAMPLE_BYTES } from "./pcm-decoder.js";
import type { PcmStream } from "./pcm-stream.js";
import { parseWavHeader, type WavHeader } from "./wav-header.js";

/**
 * Read the header and give the samples behind it. `what` names the input in errors. A data chunk that is shorter
 * than announced is read as far as it goes, and noted. Throws InputError when this is not a WAV stream.
 */
export async function readWav(bytes: AsyncIterable<Uint8Array>, what: string): Promise<PcmStream> {
  const source = bytes[Symbol.asyncIterator]();
  const { header, rest } = await readHeader(source, what);
  const decoder = new PcmDecoder(header.format);
  const state = { missing: 0 };
  return {
    sampleRateHz: header.format.sampleRateHz,
    audioChannels: header.format.audioChannels,
    chunks: samplesOf({ source, rest, header, decoder, state }),
    notes: () => notesOn({ header, decoder, missing: state.missing }),
  };
}

async function readHeader(
  source: AsyncIterator<Uint8Array>,
  what: string,
): Promise<{ header: WavHeader; rest: Uint8Array }> {
  let head: Uint8Array = new Uint8Array(0);
  for (;;) {
    const next = await source.next();
    if (next.done) {
      const why = head.length === 0 ? "is empty" : "ends before its samples begin";
      throw new InputError(`${what} ${why}: check the program or the copy that made it`);
    }
    head = head.length === 0 ? next.value : Buffer.concat([head, next.value]);
    const header = parseWavHeader(head, what);
    if (header) return { header, rest: head.subarray(header.dataOffset) };
  }
}

interface Reading {
  source: AsyncIterator<Uint8Array>;
  rest: Uint8Array;
  header: WavHeader;
  decoder: PcmDecoder;
  state: { missing: number };
}

async function* samplesOf({ source, rest, header, decoder, state }: Reading): AsyncGenerator<Float32Array> {
  let left = header.dataBytes ?? Number.POSITIVE_INFINITY;
  try {
    for (let chunk = rest; left > 0; ) {
      const part = chunk.length > left ? chunk.subarray(0, left) : chunk;
      left -= part.length;
      const samples = decoder.decode(part);
      if (samples.length > 0) yield samples;
      if (left === 0) break;
      const next = await source.next();
      if (next.done) break;
      chunk = next.value;
    }
    state.missing = Number.isFinite(left) ? left : 0;
  } finally {
    await source.return?.();
  }
}

function notesOn(reading: { header: WavHeader; decoder: PcmDecoder; missing: number }): string[] {
  const { header, decoder, missing } = reading;
  const notes: string[] = [];
  if (missing > 0) {
    const seconds =
      missing / (SAMPLE_BYTES[header.format.sampleFormat] * header.format.audioChannels * header.format.sampleRateHz);
    notes.push(`it is cut off: ${missing} bytes (${seconds.toFixed(2)} s) that its header announces are missing`);
  }
  if (decoder.nonFiniteSamples > 0)
    notes.push(`${decoder.nonFiniteSamples} samples that are not numbers were read as silence`);
  return notes;
}
