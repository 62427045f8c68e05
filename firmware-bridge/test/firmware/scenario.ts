/** A host that announces beats to a simulated board over a bad line, and what the strip made of it. */
import { encodeFrame, type TactusFrame } from "../../src/outputs/serial/tactus-frame-packet.js";
import type { SimulatedBoard } from "./simulated-board.js";
import type { Picture } from "./ws2812-decoder.js";

export interface ScenarioOptions {
  /** Seconds of music. */
  seconds: number;
  bpm: number;
  /** Shares of the frames, [0, 1]. */
  lost?: number;
  damaged?: number;
  /** Sent twice, the second time up to 300 ms later with its old stamp. */
  repeated?: number;
  /** Held up by up to 80 ms. */
  late?: number;
  /** The board's crystal against the host's clock: 0.003 = 0.3 % fast. */
  clockError?: number;
  baud?: number;
  /** Announcements end here, seconds; the board is alone afterwards. */
  silentFrom?: number;
  seed?: number;
  effect?: "pulse" | "chase" | "bar-colour";
}

export interface Outcome {
  /** When each beat was due, seconds of the host. */
  beats: number[];
  /** When the strip lit up, seconds of the host. */
  flashes: number[];
  pictures: (Picture & { atS: number; brightness: number })[];
}

/** Microseconds of the host at the start, close to the wrap of its 32-bit stamps. */
const HOST_START_US = 2 ** 32 - 8_000_000;
const LEAD_S = 0.15;
const FIRST_BEAT_S = 1;
/** Pixels that fit the longest frame an AVR takes. */
const PIECE = 39;

/** Plays the scenario to its end. Deterministic for a seed. */
export function play(board: SimulatedBoard, options: ScenarioOptions): Outcome {
  const clockError = options.clockError ?? 0;
  const toBoardUs = (hostS: number) => hostS * 1e6 * (1 + clockError);
  const line = new BadLine(board, options, toBoardUs);
  const beats: number[] = [];
  const period = 60 / options.bpm;
  for (let due = FIRST_BEAT_S; due < options.seconds; due += period) beats.push(due);
  const end = options.silentFrom ?? Number.POSITIVE_INFINITY;
  const sends: { atS: number; frame: (atS: number) => TactusFrame }[] = [{ atS: 0.2, frame: () => HELLO }];
  beats.forEach((due, index) => {
    if (due < end) sends.push({ atS: due - LEAD_S, frame: (atS) => announcement("beat", due - atS, index, period) });
  });
  for (let atS = 0.5; atS < Math.min(options.seconds, end); atS += 0.5) {
    const index = Math.max(0, Math.ceil((atS - FIRST_BEAT_S) / period));
    const due = FIRST_BEAT_S + index * period;
    sends.push({ atS: atS + 0.003, frame: () => level(options.effect ?? "pulse") });
    sends.push({ atS: atS + 0.011, frame: (now) => announcement("grid", due - now, index, period) });
  }
  for (const { atS, frame } of sends.sort((a, b) => a.atS - b.atS)) line.send(frame(atS), atS);
  line.deliver();
  board.runUntil(toBoardUs(options.seconds));
  const pictures = board.strip.pictures.map((picture) => ({
    ...picture,
    atS: picture.endedUs / 1e6 / (1 + clockError),
    brightness: picture.rgb.reduce((sum, value) => sum + value, 0) / picture.rgb.length,
  }));
  return { beats, flashes: flashesOf(pictures), pictures };
}

/** Where the brightness jumps up by more than 8 % of full. */
function flashesOf(pictures: { atS: number; brightness: number }[]): number[] {
  return pictures.flatMap(({ atS, brightness }, index) =>
    brightness - (pictures[index - 1]?.brightness ?? brightness) > 20 ? [atS] : [],
  );
}

/** For each beat from `fromS` on: how far the nearest flash is, milliseconds, signed. */
export function phaseErrorsMs({ beats, flashes }: Outcome, fromS: number): number[] {
  return beats
    .filter((due) => due >= fromS)
    .map((due) => {
      const errors = flashes.map((at) => (at - due) * 1000);
      return errors.reduce(
        (best, error) => (Math.abs(error) < Math.abs(best) ? error : best),
        Number.POSITIVE_INFINITY,
      );
    });
}

/** Pictures one behind another, a ping behind each, without a pause on the line. Returns how many frames were sent. */
export function streamPixels(
  board: SimulatedBoard,
  options: { pixels: number; baud: number; seconds: number },
): number {
  const { pixels, baud, seconds } = options;
  let atUs = 200_000;
  let frames = 0;
  const send = (frame: TactusFrame) => {
    for (const byte of encodeFrame(frame, { counter: frames & 0xff, sentAtUs: Math.round(atUs) })) {
      atUs += 10e6 / baud;
      board.feed(byte, atUs);
    }
    frames++;
  };
  send(HELLO);
  atUs += 5000;
  const end = atUs + seconds * 1e6;
  while (atUs < end) {
    for (let first = 0; first < pixels; first += PIECE) {
      const rgb = new Uint8Array(3 * Math.min(PIECE, pixels - first)).fill(frames % 200);
      send({ type: "pixels", first, show: first + PIECE >= pixels, rgb });
    }
    send({ type: "ping" });
  }
  board.runUntil(atUs + 100_000);
  return frames;
}

const HELLO: TactusFrame = { type: "hello", major: 1, minor: 0 };

const level = (effect: "pulse" | "chase" | "bar-colour"): TactusFrame => ({
  type: "level",
  mode: "following",
  level: 1,
  effect,
  colour: [255, 255, 255],
});

const announcement = (type: "beat" | "grid", dueInS: number, index: number, period: number): TactusFrame => ({
  type,
  dueInUs: dueInS * 1e6,
  beat: index,
  beatInBar: (index % 4) + 1,
  beatsPerBar: 4,
  bar: Math.floor(index / 4),
  periodUs: period * 1e6,
  confidence: 1,
  energy: { low: 1, mid: 1, high: 1 },
  freeRunning: false,
});

/** Frames onto the wire at the true pace of the baud rate, some of them lost, damaged, repeated or late. */
class BadLine {
  #counter = 0;
  #random: () => number;
  #queue: { bytes: Uint8Array; atS: number }[] = [];

  constructor(
    private readonly board: SimulatedBoard,
    private readonly options: ScenarioOptions,
    private readonly toBoardUs: (hostS: number) => number,
  ) {
    this.#random = mulberry32(options.seed ?? 1);
  }

  send(frame: TactusFrame, atS: number): void {
    const { lost = 0, damaged = 0, repeated = 0, late = 0 } = this.options;
    const stamp = { counter: this.#counter++, sentAtUs: (HOST_START_US + atS * 1e6) % 2 ** 32 };
    const bytes = encodeFrame(frame, stamp);
    const fate = this.#random();
    if (frame.type !== "hello" && fate < lost) return;
    if (frame.type !== "hello" && fate < lost + damaged) this.#damage(bytes);
    const delay = this.#random() < late ? this.#random() * 0.08 : 0;
    this.#queue.push({ bytes, atS: atS + delay });
    if (this.#random() < repeated) this.#queue.push({ bytes, atS: atS + delay + this.#random() * 0.3 });
  }

  /** One frame after another: what is due while the line is busy waits. */
  deliver(): void {
    const byteS = 10 / (this.options.baud ?? 115_200);
    let freeAt = 0;
    for (const { bytes, atS } of this.#queue.sort((a, b) => a.atS - b.atS)) {
      freeAt = Math.max(freeAt, atS);
      for (const byte of bytes) {
        freeAt += byteS;
        this.board.feed(byte, this.toBoardUs(freeAt));
      }
    }
  }

  #damage(bytes: Uint8Array): void {
    const at = Math.floor(this.#random() * bytes.length);
    bytes[at] = (bytes[at] ?? 0) ^ (1 << Math.floor(this.#random() * 8));
  }
}

function mulberry32(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}
