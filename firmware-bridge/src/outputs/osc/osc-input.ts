/** Bytes from somebody else into OSC messages, or undefined: never throws, never hangs, never allocates more than it was sent. */
import { fromBuffer, type OscArgOutputOrArray } from "osc-min";

export type OscIncomingArg = number | string | boolean | null | Uint8Array;

export interface OscIncoming {
  address: string;
  args: OscIncomingArg[];
}

/** A datagram is never larger in practice, and nothing we listen for is. */
export const MAX_OSC_BYTES = 8192;
const MAX_DEPTH = 4;
const MAX_MESSAGES = 256;
const MAX_ARGS = 64;
const MAX_ADDRESS_CHARS = 256;
const BUNDLE = [0x23, 0x62, 0x75, 0x6e, 0x64, 0x6c, 0x65, 0x00]; // "#bundle\0"
/** "#bundle\0" and the time tag. */
const BUNDLE_HEAD_BYTES = 16;
const SLASH = 0x2f;

/** The messages of one packet in their order, time tags left out; undefined when any part of it is malformed or too large. */
export function decodeOsc(bytes: Uint8Array): OscIncoming[] | undefined {
  if (bytes.length > MAX_OSC_BYTES) return undefined;
  const found: OscIncoming[] = [];
  return collect(bytes, 0, found) ? found : undefined;
}

function collect(bytes: Uint8Array, depth: number, found: OscIncoming[]): boolean {
  if (bytes.length < 4 || bytes.length % 4 !== 0) return false;
  if (bytes[0] !== SLASH) return collectBundle(bytes, depth, found);
  const message = found.length < MAX_MESSAGES ? decodeMessage(bytes) : undefined;
  if (message) found.push(message);
  return message !== undefined;
}

function collectBundle(bytes: Uint8Array, depth: number, found: OscIncoming[]): boolean {
  if (depth >= MAX_DEPTH || bytes.length < BUNDLE_HEAD_BYTES) return false;
  if (BUNDLE.some((byte, i) => bytes[i] !== byte)) return false;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = BUNDLE_HEAD_BYTES;
  while (at < bytes.length) {
    const size = view.getInt32(at); // the length is a multiple of 4, so four bytes are there
    at += 4;
    if (size <= 0 || size > bytes.length - at) return false;
    if (!collect(bytes.subarray(at, at + size), depth + 1, found)) return false;
    at += size;
  }
  return true;
}

function decodeMessage(bytes: Uint8Array): OscIncoming | undefined {
  try {
    // A copy: what is malformed must not reach into the neighbours of a pooled buffer.
    const packet = fromBuffer(Uint8Array.from(bytes));
    if (packet.oscType !== "message" || packet.args.length > MAX_ARGS) return undefined;
    if (packet.address.length > MAX_ADDRESS_CHARS) return undefined;
    return { address: packet.address, args: packet.args.map(plainOf) };
  } catch {
    return undefined; // osc-min throws for whatever is malformed
  }
}

/** Null also for the types that nothing here has a use for: arrays, MIDI, colours, time tags. */
function plainOf(arg: OscArgOutputOrArray): OscIncomingArg {
  switch (arg.type) {
    case "integer":
    case "float":
    case "double":
    case "string":
    case "symbol":
    case "character":
    case "true":
    case "false":
      return arg.value;
    case "bigint":
      return Number(arg.value);
    case "bang":
      return true;
    case "blob":
      return new Uint8Array(arg.value.buffer, arg.value.byteOffset, arg.value.byteLength);
    default:
      return null;
  }
}
