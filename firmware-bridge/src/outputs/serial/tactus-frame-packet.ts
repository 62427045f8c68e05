/** Tactus frames of the serial line into bytes and back; `firmware/PROTOCOL.md` has every offset. Pure. */
import { cobsDecode, cobsEncode } from "./cobs.js";
import { crc16 } from "./crc16.js";

/** Other majors are not understood; a higher minor only adds. */
export const PROTOCOL = { major: 1, minor: 0 } as const;

const HEADER = 6;
const CHECKSUM = 2;

export const FRAME_TYPE = {
  hello: 0x01,
  beat: 0x10,
  grid: 0x11,
  level: 0x12,
  pixels: 0x13,
  ping: 0x20,
  welcome: 0x81,
  pong: 0xa0,
} as const;

/** In the order of their numbers on the line. */
export const FRAME_MODES = ["following", "free-running", "holding", "fading", "idle", "released", "blackout"] as const;
export type FrameMode = (typeof FRAME_MODES)[number];

export const FRAME_EFFECTS = ["pulse", "chase", "bar-colour"] as const;
export type FrameEffect = (typeof FRAME_EFFECTS)[number];

export const BOARD_KINDS = ["generic", "avr", "rp2040"] as const;
export type BoardKind = (typeof BOARD_KINDS)[number];

/** Every frame: who sent it when, by the sender's own clock. */
export interface FrameHeader {
  /** Counts the sender's frames, 0..255, wraps. */
  counter: number;
  /** Sender's clock, microseconds, wraps at 2^32: the start bit of the 0 before the frame. */
  sentAtUs: number;
}

/** A beat to come (`beat`), or the next one of the running grid (`grid`). */
export interface Announcement {
  /** From `sentAtUs`, microseconds, within ±10 s. */
  dueInUs: number;
  /** Counts beats, wraps at 65 536. A repeat or a revision has the same number. */
  beat: number;
  /** 1 = downbeat, 0 = unknown. */
  beatInBar: number;
  /** 1..32 */
  beatsPerBar: number;
  /** Wraps at 65 536. */
  bar: number;
  /** Microseconds, 100 000..3 000 000 (600..20 bpm). */
  periodUs: number;
  /** [0, 1] in steps of 1/255, as the energies. */
  confidence: number;
  energy: { low: number; mid: number; high: number };
  freeRunning: boolean;
}

export type TactusFrame =
  | { type: "hello"; major: number; minor: number }
  | ({ type: "beat" } & Announcement)
  | ({ type: "grid" } & Announcement)
  /** `level` [0, 1]; `colour` red, green, blue, 0..255. */
  | { type: "level"; mode: FrameMode; level: number; effect: FrameEffect; colour: readonly [number, number, number] }
  /** `rgb` has three bytes a pixel; `show` marks the last piece of a picture. */
  | { type: "pixels"; first: number; show: boolean; rgb: Uint8Array }
  | { type: "ping" }
  | {
      type: "welcome";
      major: number;
      minor: number;
      version: string;
      board: BoardKind;
      pixels: number;
      maxBody: number;
      flashesPerSecond: number;
    }
  | {
      type: "pong";
      /** The ping's stamp. */
      echoUs: number;
      /** When the ping began to arrive, board's clock, microseconds. */
      receivedAtUs: number;
      mode: FrameMode;
      following: boolean;
      clockKnown: boolean;
      level: number;
      /** Counters of the board, wrap at 65 536: frames that passed, were damaged, never came. */
      good: number;
      bad: number;
      lost: number;
      /** Of the last announcement against the board's loop, microseconds. */
      phaseErrorUs: number;
      /** How much faster the board's clock runs than ours, parts per million. */
      ratePpm: number;
    };

export type StampedFrame = TactusFrame & FrameHeader;

/** The bytes for the line: a zero, the stuffed frame, a zero. */
export function encodeFrame(frame: TactusFrame, { counter, sentAtUs }: FrameHeader): Uint8Array {
  const payload = payloadOf(frame);
  const body = new Uint8Array(HEADER + payload.length + CHECKSUM);
  const view = new DataView(body.buffer);
  view.setUint8(0, FRAME_TYPE[frame.type]);
  view.setUint8(1, counter & 0xff);
  view.setUint32(2, sentAtUs >>> 0, true);
  body.set(payload, HEADER);
  const end = HEADER + payload.length;
  view.setUint16(end, crc16(body.subarray(0, end)), true);
  const stuffed = cobsEncode(body);
  const line = new Uint8Array(stuffed.length + 2);
  line.set(stuffed, 1);
  return line;
}

function payloadOf(frame: TactusFrame): Uint8Array {
  switch (frame.type) {
    case "hello":
      return Uint8Array.of(frame.major, frame.minor);
    case "beat":
    case "grid":
      return announcementBytes(frame);
    case "level":
      return Uint8Array.of(
        FRAME_MODES.indexOf(frame.mode),
        byteOf(frame.level),
        FRAME_EFFECTS.indexOf(frame.effect),
        ...frame.colour,
      );
    case "pixels":
      return Uint8Array.of(frame.first & 0xff, frame.first >> 8, frame.show ? 1 : 0, ...frame.rgb);
    case "ping":
      return new Uint8Array(0);
    case "welcome":
      return welcomeBytes(frame);
    case "pong":
      return pongBytes(frame);
  }
}

function announcementBytes(frame: Announcement): Uint8Array {
  const bytes = new Uint8Array(19);
  const view = new DataView(bytes.buffer);
  view.setInt32(0, clamp(Math.round(frame.dueInUs), -9_999_999, 9_999_999), true);
  view.setUint16(4, frame.beat & 0xffff, true);
  view.setUint8(6, frame.beatInBar);
  view.setUint8(7, frame.beatsPerBar);
  view.setUint16(8, frame.bar & 0xffff, true);
  view.setUint32(10, clamp(Math.round(frame.periodUs), 100_000, 3_000_000), true);
  bytes.set(
    [frame.confidence, frame.energy.low, frame.energy.mid, frame.energy.high].map((share) => byteOf(share)),
    14,
  );
  view.setUint8(18, frame.freeRunning ? 1 : 0);
  return bytes;
}

function welcomeBytes(frame: TactusFrame & { type: "welcome" }): Uint8Array {
  const bytes = new Uint8Array(11);
  const view = new DataView(bytes.buffer);
  bytes.set([frame.major, frame.minor, ...frame.version.split(".").map(Number), BOARD_KINDS.indexOf(frame.board)]);
  view.setUint16(6, frame.pixels, true);
  view.setUint16(8, frame.maxBody, true);
  view.setUint8(10, frame.flashesPerSecond);
  return bytes;
}

function pongBytes(frame: TactusFrame & { type: "pong" }): Uint8Array {
  const bytes = new Uint8Array(21);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, frame.echoUs, true);
  view.setUint32(4, frame.receivedAtUs, true);
  view.setUint8(8, FRAME_MODES.indexOf(frame.mode));
  view.setUint8(9, (frame.following ? 1 : 0) | (frame.clockKnown ? 2 : 0));
  view.setUint8(10, byteOf(frame.level));
  view.setUint16(11, frame.good, true);
  view.setUint16(13, frame.bad, true);
  view.setUint16(15, frame.lost, true);
  view.setInt16(17, frame.phaseErrorUs, true);
  view.setInt16(19, frame.ratePpm, true);
  return bytes;
}

/**
 * What lies between two zeros of the line. `undefined` for anything that is not a whole, undamaged frame of a known type; bytes
 * beyond the known payload are a later minor version's and are ignored. Linear in the length, never throws.
 */
export function decodeFrame(stuffed: Uint8Array): StampedFrame | undefined {
  const body = cobsDecode(stuffed);
  if (!body || body.length < HEADER + CHECKSUM) return undefined;
  const view = new DataView(body.buffer, body.byteOffset, body.length);
  const end = body.length - CHECKSUM;
  if (crc16(body.subarray(0, end)) !== view.getUint16(end, true)) return undefined;
  const frame = parsePayload(view.getUint8(0), new DataView(body.buffer, body.byteOffset + HEADER, end - HEADER));
  return frame && { ...frame, counter: view.getUint8(1), sentAtUs: view.getUint32(2, true) };
}

function parsePayload(type: number, view: DataView): TactusFrame | undefined {
  switch (type) {
    case FRAME_TYPE.hello:
      return view.byteLength < 2 ? undefined : { type: "hello", major: view.getUint8(0), minor: view.getUint8(1) };
    case FRAME_TYPE.beat:
      return parseAnnouncement("beat", view);
    case FRAME_TYPE.grid:
      return parseAnnouncement("grid", view);
    case FRAME_TYPE.level:
      return parseLevel(view);
    case FRAME_TYPE.pixels:
      return parsePixels(view);
    case FRAME_TYPE.ping:
      return { type: "ping" };
    case FRAME_TYPE.welcome:
      return parseWelcome(view);
    case FRAME_TYPE.pong:
      return parsePong(view);
    default:
      return undefined;
  }
}

function parseAnnouncement(type: "beat" | "grid", view: DataView): TactusFrame | undefined {
  if (view.byteLength < 19) return undefined;
  const frame = {
    type,
    dueInUs: view.getInt32(0, true),
    beat: view.getUint16(4, true),
    beatInBar: view.getUint8(6),
    beatsPerBar: view.getUint8(7),
    bar: view.getUint16(8, true),
    periodUs: view.getUint32(10, true),
    confidence: view.getUint8(14) / 255,
    energy: { low: view.getUint8(15) / 255, mid: view.getUint8(16) / 255, high: view.getUint8(17) / 255 },
    freeRunning: (view.getUint8(18) & 1) !== 0,
  };
  const usable =
    Math.abs(frame.dueInUs) < 10_000_000 &&
    frame.periodUs >= 100_000 &&
    frame.periodUs <= 3_000_000 &&
    frame.beatsPerBar >= 1 &&
    frame.beatsPerBar <= 32 &&
    frame.beatInBar <= frame.beatsPerBar;
  return usable ? frame : undefined;
}

function parseLevel(view: DataView): TactusFrame | undefined {
  if (view.byteLength < 6) return undefined;
  const mode = FRAME_MODES[view.getUint8(0)];
  if (!mode) return undefined;
  return {
    type: "level",
    mode,
    level: view.getUint8(1) / 255,
    effect: FRAME_EFFECTS[view.getUint8(2)] ?? "pulse",
    colour: [view.getUint8(3), view.getUint8(4), view.getUint8(5)],
  };
}

function parsePixels(view: DataView): TactusFrame | undefined {
  if (view.byteLength < 3 || (view.byteLength - 3) % 3 !== 0) return undefined;
  const rgb = new Uint8Array(view.buffer, view.byteOffset + 3, view.byteLength - 3).slice();
  return { type: "pixels", first: view.getUint16(0, true), show: (view.getUint8(2) & 1) !== 0, rgb };
}

function parseWelcome(view: DataView): TactusFrame | undefined {
  if (view.byteLength < 11) return undefined;
  return {
    type: "welcome",
    major: view.getUint8(0),
    minor: view.getUint8(1),
    version: `${view.getUint8(2)}.${view.getUint8(3)}.${view.getUint8(4)}`,
    board: BOARD_KINDS[view.getUint8(5)] ?? "generic",
    pixels: view.getUint16(6, true),
    maxBody: view.getUint16(8, true),
    flashesPerSecond: view.getUint8(10),
  };
}

function parsePong(view: DataView): TactusFrame | undefined {
  const mode = view.byteLength < 21 ? undefined : FRAME_MODES[view.getUint8(8)];
  if (!mode) return undefined;
  const flags = view.getUint8(9);
  return {
    type: "pong",
    echoUs: view.getUint32(0, true),
    receivedAtUs: view.getUint32(4, true),
    mode,
    following: (flags & 1) !== 0,
    clockKnown: (flags & 2) !== 0,
    level: view.getUint8(10) / 255,
    good: view.getUint16(11, true),
    bad: view.getUint16(13, true),
    lost: view.getUint16(15, true),
    phaseErrorUs: view.getInt16(17, true),
    ratePpm: view.getInt16(19, true),
  };
}

const clamp = (value: number, low: number, high: number): number => Math.min(high, Math.max(low, value));
const byteOf = (share: number): number => clamp(Math.round(share * 255), 0, 255);
