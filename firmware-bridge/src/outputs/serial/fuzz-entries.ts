/** The decoders of serial bytes, for the fuzzers: valid packets to start from, and what must hold of all that is let through. */
import { adalightFrame, decodeAdalight } from "./adalight-packet.js";
import { cobsDecode, cobsEncode } from "./cobs.js";
import { crc16 } from "./crc16.js";
import { FrameSplitter } from "./frame-splitter.js";
import { decodeFrame, encodeFrame, type StampedFrame, type TactusFrame } from "./tactus-frame-packet.js";
import { decodeTpm2, tpm2Frame } from "./tpm2-packet.js";

/** `decode` gives undefined for what it refuses and does not throw. */
export interface FuzzEntry {
  name: string;
  decode(bytes: Uint8Array): unknown;
  seeds: Uint8Array[];
  holds(decoded: never): boolean;
}

const BEAT = {
  dueInUs: 148_200,
  beat: 33,
  beatInBar: 1,
  beatsPerBar: 4,
  bar: 812,
  periodUs: 468_750,
  confidence: 1,
  energy: { low: 1, mid: 0, high: 1 },
  freeRunning: false,
};
const PONG = { echoUs: 1, receivedAtUs: 2, following: true, clockKnown: true, level: 1, good: 3, bad: 4, lost: 5 };

/** One valid frame of each type. */
export const SAMPLE_FRAMES: readonly TactusFrame[] = [
  { type: "hello", major: 1, minor: 0 },
  { type: "beat", ...BEAT },
  { type: "grid", ...BEAT, beatInBar: 0, freeRunning: true },
  { type: "level", mode: "blackout", level: 1, effect: "chase", colour: [255, 96, 0] },
  { type: "pixels", first: 60, show: true, rgb: Uint8Array.of(1, 2, 3, 4, 5, 6) },
  { type: "ping" },
  {
    type: "welcome",
    major: 1,
    minor: 0,
    version: "0.1.0",
    board: "avr",
    pixels: 60,
    maxBody: 128,
    flashesPerSecond: 3,
  },
  { type: "pong", ...PONG, mode: "following", phaseErrorUs: -120, ratePpm: 2997 },
];

const STAMP = { counter: 7, sentAtUs: 0x11223344 };
const LINES = SAMPLE_FRAMES.map((frame) => encodeFrame(frame, STAMP));

/** Header and payload: the frame without its stuffing and its checksum. */
const bodyOf = (frame: TactusFrame): Uint8Array =>
  cobsDecode(encodeFrame(frame, STAMP).subarray(1, -1))?.subarray(0, -2) ?? new Uint8Array();

/** With the checksum made right, so that what lies behind it is reached. */
function decodeSealed(body: Uint8Array): StampedFrame | undefined {
  const sealed = new Uint8Array(body.length + 2);
  sealed.set(body);
  new DataView(sealed.buffer).setUint16(body.length, crc16(body), true);
  return decodeFrame(cobsEncode(sealed));
}

/** What every frame that is let through must keep to. */
function isInRange(frame: StampedFrame): boolean {
  if (frame.type === "pixels") return frame.rgb.length % 3 === 0 && frame.first <= 0xffff;
  if (frame.type !== "beat" && frame.type !== "grid") return true;
  return (
    Math.abs(frame.dueInUs) < 10_000_000 &&
    frame.periodUs >= 100_000 &&
    frame.periodUs <= 3_000_000 &&
    frame.beatsPerBar >= 1 &&
    frame.beatInBar <= frame.beatsPerBar
  );
}

export const SERIAL_FUZZ: readonly FuzzEntry[] = [
  { name: "Tactus frame", decode: decodeFrame, seeds: LINES.map((line) => line.subarray(1, -1)), holds: isInRange },
  {
    name: "Tactus frame behind its checksum",
    decode: decodeSealed,
    seeds: SAMPLE_FRAMES.map((frame) => bodyOf(frame)),
    holds: isInRange,
  },
  {
    name: "serial line of frames",
    decode: (bytes) => new FrameSplitter().push(bytes),
    seeds: LINES,
    holds: (frames: StampedFrame[]) => frames.every(isInRange),
  },
  {
    name: "Adalight",
    decode: decodeAdalight,
    seeds: [adalightFrame({ pixels: 4, count: "minus-one" }).bytes, adalightFrame({ pixels: 4, count: "exact" }).bytes],
    holds: (pixels: Uint8Array) => pixels.length % 3 === 0,
  },
  {
    name: "TPM2",
    decode: decodeTpm2,
    seeds: [tpm2Frame({ pixels: 4 }).bytes],
    holds: (pixels: Uint8Array) => pixels.length <= 0xffff,
  },
];
