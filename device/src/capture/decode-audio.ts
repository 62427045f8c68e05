/** Any audio file into blocks of samples: WAV by ourselves, the rest by ffmpeg where there is one, else by WebAssembly. */
import { createReadStream } from "node:fs";
import { open, stat } from "node:fs/promises";
import { InputError } from "@tactus/shared";
import type { SampleBlock } from "./audio-source.js";
import { decodeByFfmpeg } from "./ffmpeg-decoder.js";
import { findProgramSync } from "./find-program.js";
import { blocksOf, type PcmStream } from "./pcm-stream.js";
import { decodeByWasm, type WasmCoding } from "./wasm-decoder.js";
import { looksLikeWav, UnknownWavCoding } from "./wav-header.js";
import { readWav } from "./wav-reader.js";

export interface DecodeOptions {
  /** Sample frames per block. Default: what a sound card gives, 512 at 44.1 kHz. */
  blockSamples?: number;
  /** The ffmpeg to use; false = as if there were none. Default: the one in PATH. */
  ffmpeg?: string | false;
}

export interface DecodedAudio {
  sampleRateHz: number;
  audioChannels: number;
  /** For people: "WAV", "ffmpeg", "WebAssembly (vorbis)". */
  decoder: string;
  /** `capturedAt` is seconds since the start of the file. Can be gone through once; a block lives until the next one. */
  blocks: AsyncIterable<SampleBlock>;
  /** What was wrong with the file and was got over, complete once `blocks` has ended. */
  notes(): string[];
  /** Needed only when `blocks` is not gone through to its end. */
  close(): Promise<void>;
}

/** Enough for the first page of an Ogg stream, which says what is inside. */
const HEAD_BYTES = 512;
const READ_BYTES = 64 * 1024;

/**
 * Open `file` and decode its first samples. Memory stays bounded however long the file is.
 * Throws one InputError for whatever keeps it from being played: missing, empty, a folder, no audio, no samples.
 */
export async function decodeAudio(file: string, options: DecodeOptions = {}): Promise<DecodedAudio> {
  await checkRegularFile(file);
  const { stream, decoder } = await openStream(file, options);
  const blocks = blocksOf(stream, options.blockSamples);
  const first = await blocks.next();
  if (first.done) {
    throw new InputError(
      `${file} holds no samples${reasonFrom(stream.notes())}: check that it was recorded or copied completely`,
    );
  }
  return {
    sampleRateHz: stream.sampleRateHz,
    audioChannels: stream.audioChannels,
    decoder,
    blocks: resumed(first.value, blocks),
    notes: () => stream.notes(),
    close: async () => {
      await blocks.return(undefined);
    },
  };
}

async function checkRegularFile(file: string): Promise<void> {
  const found = await stat(file).catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === "ENOENT" || cause.code === "ENOTDIR") {
      throw new InputError(`${file} does not exist: check the name and the folder`, { cause });
    }
    throw new InputError(`${file} cannot be opened: ${cause.message}`, { cause });
  });
  if (found.isDirectory()) throw new InputError(`${file} is a folder: name an audio file`);
  if (!found.isFile()) throw new InputError(`${file} is not a regular file: feed a pipe or a device with --source -`);
  if (found.size === 0) throw new InputError(`${file} is empty (0 bytes): check that it was copied completely`);
}

async function openStream(file: string, options: DecodeOptions): Promise<{ stream: PcmStream; decoder: string }> {
  const head = await readHead(file);
  const ffmpeg = options.ffmpeg === undefined ? findProgramSync("ffmpeg") : options.ffmpeg;
  if (looksLikeWav(head)) {
    try {
      return { stream: await readWav(bytesOf(file), file), decoder: "WAV" };
    } catch (error) {
      if (!(error instanceof UnknownWavCoding && ffmpeg)) throw error;
    }
  }
  if (ffmpeg) return { stream: await decodeByFfmpeg(file, ffmpeg), decoder: "ffmpeg" };
  const coding = codingOf(head, file);
  if (coding) {
    return { stream: await decodeByWasm(bytesOf(file), { coding, what: file }), decoder: `WebAssembly (${coding})` };
  }
  throw new InputError(
    `${file} is not audio as far as can be told without ffmpeg: WAV, FLAC, Ogg Vorbis, Opus and MP3 are read without it, ` +
      "for others install it (sudo apt install ffmpeg)",
  );
}

async function readHead(file: string): Promise<Uint8Array> {
  const handle = await open(file).catch((cause: Error) => {
    throw new InputError(`${file} cannot be opened: ${cause.message}`, { cause });
  });
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(HEAD_BYTES), 0, HEAD_BYTES, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await handle.close();
  }
}

function bytesOf(file: string): AsyncIterable<Uint8Array> {
  return createReadStream(file, { highWaterMark: READ_BYTES });
}

/** By content; only an MP3 that begins with something else is told by its name. */
function codingOf(head: Uint8Array, file: string): WasmCoding | undefined {
  const text = Buffer.from(head).toString("latin1");
  if (text.startsWith("fLaC")) return "flac";
  if (text.startsWith("OggS")) {
    if (text.includes("OpusHead")) return "opus";
    if (text.includes("\x01vorbis")) return "vorbis";
    return text.includes("\x7fFLAC") ? "flac" : undefined;
  }
  // MPEG frame sync: eleven set bits, then a version and a layer that are not the reserved ones.
  const [first = 0, second = 0] = head;
  const frame = first === 0xff && second >= 0xe0 && (second & 0x18) !== 0x08 && (second & 0x06) !== 0;
  return text.startsWith("ID3") || frame || /\.mp[23]$/i.test(file) ? "mp3" : undefined;
}

async function* resumed(first: SampleBlock, rest: AsyncGenerator<SampleBlock>): AsyncGenerator<SampleBlock> {
  try {
    yield first;
    yield* rest;
  } finally {
    await rest.return(undefined);
  }
}

function reasonFrom(notes: string[]): string {
  return notes.length > 0 ? ` (${notes.join("; ")})` : "";
}
