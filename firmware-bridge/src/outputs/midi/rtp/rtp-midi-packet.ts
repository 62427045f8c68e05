/** MIDI messages to and from RTP packets (RFC 3550, RFC 6295), without a recovery journal. */

/** Version 2, no padding, extension or contributing sources. */
const FIRST_BYTE = 0x80;
/** Marker bit (the MIDI list is not empty) and payload type 97, as AppleMIDI has it. */
const SECOND_BYTE = 0x80 | 97;
const HEADER_BYTES = 12;
/** Longest list whose length fits the short form, RFC 6295 section 3. */
const SHORT_LIST = 15;
const LONG_LIST = 4095;

export interface RtpMidiPacket {
  sequence: number;
  /** Units of 100 µs, 32 bits, the sender's clock of its CK packets. */
  timestamp: number;
  ssrc: number;
  /** The MIDI list as it is on the wire: commands with delta times between them. */
  list: Uint8Array;
  /** A recovery journal follows. */
  hasJournal: boolean;
}

/** One command at `timestamp`, so no delta time is needed (Z = 0). */
export function encodeRtpMidi({ sequence, timestamp, ssrc, list }: Omit<RtpMidiPacket, "hasJournal">): Uint8Array {
  const long = list.length > SHORT_LIST;
  const bytes = new Uint8Array(HEADER_BYTES + (long ? 2 : 1) + list.length);
  const view = new DataView(bytes.buffer);
  view.setUint8(0, FIRST_BYTE);
  view.setUint8(1, SECOND_BYTE);
  view.setUint16(2, sequence & 0xffff);
  view.setUint32(4, timestamp >>> 0);
  view.setUint32(8, ssrc);
  if (long)
    view.setUint16(HEADER_BYTES, 0x8000 | Math.min(list.length, LONG_LIST)); // B = 1: 12 bits of length
  else view.setUint8(HEADER_BYTES, list.length);
  bytes.set(list, bytes.length - list.length);
  return bytes;
}

/** Undefined for anything that is no RTP-MIDI packet. Never throws. */
export function decodeRtpMidi(bytes: Uint8Array): RtpMidiPacket | undefined {
  if (bytes.length < HEADER_BYTES + 1) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (view.getUint8(0) !== FIRST_BYTE || (view.getUint8(1) & 0x7f) !== (SECOND_BYTE & 0x7f)) return undefined;
  const flags = view.getUint8(HEADER_BYTES);
  const long = (flags & 0x80) !== 0;
  if (long && bytes.length < HEADER_BYTES + 2) return undefined;
  const length = long ? view.getUint16(HEADER_BYTES) & 0x0fff : flags & 0x0f;
  const start = HEADER_BYTES + (long ? 2 : 1);
  if (start + length > bytes.length) return undefined;
  return {
    sequence: view.getUint16(2),
    timestamp: view.getUint32(4),
    ssrc: view.getUint32(8),
    list: bytes.slice(start, start + length),
    hasJournal: (flags & 0x40) !== 0,
  };
}
