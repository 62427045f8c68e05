/** The chunks before the samples of a WAV file or stream: what the samples look like and how many there should be. */
import { InputError } from "@tactus/shared";
import { checkShape, type PcmFormat, type SampleFormat } from "./pcm-decoder.js";

export interface WavHeader {
  format: PcmFormat;
  /** Bytes of samples that the header announces; undefined when the writer did not know (a pipe, a crash). */
  dataBytes: number | undefined;
  /** Where the samples begin. */
  dataOffset: number;
}

/** Format tags of RFC 2361 and of the extensible header. */
const PCM = 0x0001;
const IEEE_FLOAT = 0x0003;
const EXTENSIBLE = 0xfffe;

/** Chunks before the samples may be pictures; past this it is no header any more. */
const MAX_HEADER_BYTES = 16 * 1024 * 1024;

/** True when the first twelve bytes are those of a WAV or RF64 file. */
export function looksLikeWav(head: Uint8Array): boolean {
  return (tagAt(head, 0) === "RIFF" || tagAt(head, 0) === "RF64") && tagAt(head, 8) === "WAVE";
}

/**
 * Parse what has been read so far; undefined when more is needed.
 * Throws InputError naming `what` when this is not WAV, or not samples we can read.
 */
export function parseWavHeader(head: Uint8Array, what: string): WavHeader | undefined {
  if (head.length < 12) return undefined;
  if (!looksLikeWav(head)) throw new InputError(`${what} is not a WAV stream: it does not begin with "RIFF"`);
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
  const riffBytes = view.getUint32(4, true);
  let format: PcmFormat | undefined;
  let longBytes: number | undefined;
  for (let at = 12; at + 8 <= head.length; ) {
    const tag = tagAt(head, at);
    const size = view.getUint32(at + 4, true);
    const body = at + 8;
    if (tag === "data") {
      if (!format) throw new InputError(`${what} is a damaged WAV file: its samples come before their format`);
      const dataBytes = announcedBytes(size, { riffBytes, body, longBytes });
      return { format, dataBytes, dataOffset: body };
    }
    if (body + size > MAX_HEADER_BYTES) {
      throw new InputError(`${what} is a damaged WAV file: its "${printable(tag)}" chunk says it has ${size} bytes`);
    }
    if (body + size > head.length) return undefined;
    if (tag === "fmt ") format = parseFormat(view, { body, size }, what);
    // RF64 (EBU Tech 3306): the 64-bit size of the data chunk follows the 64-bit size of the file.
    if (tag === "ds64" && size >= 16) longBytes = Number(view.getBigUint64(body + 8, true));
    at = body + size + (size % 2);
  }
  return undefined;
}

function parseFormat(view: DataView, at: { body: number; size: number }, what: string): PcmFormat {
  if (at.size < 16)
    throw new InputError(`${what} is a damaged WAV file: its format chunk has ${at.size} bytes, not 16`);
  const audioChannels = view.getUint16(at.body + 2, true);
  const sampleRateHz = view.getUint32(at.body + 4, true);
  const blockAlign = view.getUint16(at.body + 12, true);
  let tag = view.getUint16(at.body, true);
  // The extensible header keeps the real tag in the first two bytes of its GUID.
  if (tag === EXTENSIBLE && at.size >= 40) tag = view.getUint16(at.body + 24, true);
  const format = { sampleRateHz, audioChannels };
  checkShape(format, what);
  return { ...format, sampleFormat: sampleFormatOf(tag, blockAlign / audioChannels, what) };
}

/** The container decides: 20 bits in 3 bytes are left-justified and read as 24. */
function sampleFormatOf(tag: number, bytes: number, what: string): SampleFormat {
  const pcm: Record<number, SampleFormat> = { 1: "u8", 2: "s16le", 3: "s24le", 4: "s32le" };
  const float: Record<number, SampleFormat> = { 4: "f32le", 8: "f64le" };
  const format = tag === PCM ? pcm[bytes] : tag === IEEE_FLOAT ? float[bytes] : undefined;
  if (format) return format;
  throw new UnknownWavCoding(
    `${what} is a WAV file with coding 0x${tag.toString(16).padStart(4, "0")} and ${bytes} bytes per sample, ` +
      "which is not read here: install ffmpeg (sudo apt install ffmpeg), or save it as 16-bit PCM",
  );
}

/** A WAV file that is whole, but in a coding (ADPCM, A-law, …) that only ffmpeg reads. */
export class UnknownWavCoding extends InputError {}

function announcedBytes(
  size: number,
  header: { riffBytes: number; body: number; longBytes: number | undefined },
): number | undefined {
  if (size === 0xffffffff && header.longBytes) return header.longBytes;
  if (isPlaceholder(size)) return undefined;
  // Recorders write 0 and come back to it at the end; when they were killed first, the file size is stale as well.
  if (size === 0 && (header.riffBytes + 8 <= header.body || isPlaceholder(header.riffBytes))) return undefined;
  return size;
}

/** What is written where the size is not known yet: ffmpeg 0xffffffff, arecord 0x80000000, sox 0x7ffff000. */
function isPlaceholder(size: number): boolean {
  return (size >= 0x7ffff000 && size <= 0x80000024) || size >= 0xfffff000;
}

function tagAt(bytes: Uint8Array, at: number): string {
  return String.fromCharCode(...bytes.subarray(at, at + 4));
}

function printable(tag: string): string {
  return tag.replace(/[^ -~]/g, "?");
}
