/**
 * Session packets of AppleMIDI ("Apple MIDI Network Driver Protocol") to and from bytes: invitations, clock exchange, feedback.
 * All start with 0xFFFF and two letters; numbers are big-endian; times are units of 100 µs.
 */

const SIGNATURE = 0xffff;
const PROTOCOL_VERSION = 2;
const EXCHANGE_BYTES = 16;
const CLOCK_BYTES = 36;
const FEEDBACK_BYTES = 12;
const BYE_BYTES = 16;
/** Longest name looked at, bytes. */
const MAX_NAME_BYTES = 255;

export type AppleMidiPacket =
  /** IN invites, OK accepts, NO refuses. `token` ties an answer to its question. */
  | { command: "IN" | "OK" | "NO"; token: number; ssrc: number; name: string }
  | { command: "BY"; token: number; ssrc: number }
  /** CK: 0 from the initiator, 1 back, 2 from the initiator again; each adds its own time. */
  | { command: "CK"; ssrc: number; count: 0 | 1 | 2; times: readonly [bigint, bigint, bigint] }
  /** RS: the receiver has had everything up to this sequence number. */
  | { command: "RS"; ssrc: number; sequence: number };

export function encodeAppleMidi(packet: AppleMidiPacket): Uint8Array {
  switch (packet.command) {
    case "CK":
      return encodeClock(packet);
    case "RS": {
      const { bytes, view } = blank("RS", FEEDBACK_BYTES);
      view.setUint32(4, packet.ssrc);
      view.setUint16(8, packet.sequence);
      return bytes;
    }
    default:
      return encodeExchange(packet);
  }
}

/** Undefined for anything else. Never throws; what follows the packet is passed over. */
export function decodeAppleMidi(bytes: Uint8Array): AppleMidiPacket | undefined {
  if (bytes.length < 4) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (view.getUint16(0) !== SIGNATURE) return undefined;
  const command = String.fromCharCode(view.getUint8(2), view.getUint8(3));
  switch (command) {
    case "IN":
    case "OK":
    case "NO":
    case "BY":
      return decodeExchange(command, bytes, view);
    case "CK":
      return decodeClock(view);
    case "RS":
      if (bytes.length < FEEDBACK_BYTES) return undefined;
      return { command, ssrc: view.getUint32(4), sequence: view.getUint16(8) };
    default:
      return undefined;
  }
}

function blank(command: string, length: number): { bytes: Uint8Array; view: DataView } {
  const bytes = new Uint8Array(length);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, SIGNATURE);
  bytes.set([command.charCodeAt(0), command.charCodeAt(1)], 2);
  return { bytes, view };
}

function encodeExchange(packet: Exclude<AppleMidiPacket, { command: "CK" | "RS" }>): Uint8Array {
  const name = packet.command === "IN" || packet.command === "OK" ? new TextEncoder().encode(`${packet.name}\0`) : [];
  const { bytes, view } = blank(packet.command, EXCHANGE_BYTES + name.length);
  view.setUint32(4, PROTOCOL_VERSION);
  view.setUint32(8, packet.token);
  view.setUint32(12, packet.ssrc);
  bytes.set(name, EXCHANGE_BYTES);
  return bytes;
}

function decodeExchange(
  command: "IN" | "OK" | "NO" | "BY",
  bytes: Uint8Array,
  view: DataView,
): AppleMidiPacket | undefined {
  if (bytes.length < BYE_BYTES || view.getUint32(4) !== PROTOCOL_VERSION) return undefined;
  const [token, ssrc] = [view.getUint32(8), view.getUint32(12)];
  if (command === "BY") return { command, token, ssrc };
  const rest = bytes.subarray(EXCHANGE_BYTES, EXCHANGE_BYTES + MAX_NAME_BYTES);
  const end = rest.indexOf(0);
  const name = new TextDecoder().decode(end < 0 ? rest : rest.subarray(0, end));
  // Shown to people: no control characters.
  return { command, token, ssrc, name: name.replace(/\p{C}/gu, "") };
}

function encodeClock({ ssrc, count, times }: Extract<AppleMidiPacket, { command: "CK" }>): Uint8Array {
  const { bytes, view } = blank("CK", CLOCK_BYTES);
  view.setUint32(4, ssrc);
  view.setUint8(8, count);
  for (const [index, time] of times.entries()) view.setBigUint64(12 + 8 * index, time);
  return bytes;
}

function decodeClock(view: DataView): AppleMidiPacket | undefined {
  if (view.byteLength < CLOCK_BYTES) return undefined;
  const count = view.getUint8(8);
  if (count !== 0 && count !== 1 && count !== 2) return undefined;
  const times = [view.getBigUint64(12), view.getBigUint64(20), view.getBigUint64(28)] as const;
  return { command: "CK", ssrc: view.getUint32(4), count, times };
}
