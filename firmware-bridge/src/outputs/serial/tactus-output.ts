/** Beats into frames for a board that keeps the beat itself: sent early, because they carry their time. */
import type { BeatCue, BeatPose, Output, OutputContext, OutputHealth, OutputMode } from "../output.js";
import { PacedStreams } from "../streaming/paced-streams.js";
import { PixelStream } from "./pixel-stream.js";
import type { SerialConfig } from "./serial-config.js";
import { TactusBoard } from "./tactus-board.js";
import type { Announcement, TactusFrame } from "./tactus-frame-packet.js";

/** Grid and level, which say all over again what a lost frame said. */
const GRID_RATE_HZ = 2;
const GRID_INTERVAL_S = 0.45;
const KEEP_ALIVE_S = 0.9;
/** First pixel and flag, before the pixels of a piece; header and checksum around it. */
const PIECE_OVERHEAD = 3 + 8;
const RGB = 3;

export class TactusOutput implements Output {
  readonly frameRateHz: number;
  readonly leadS: number;
  readonly #config: SerialConfig;
  readonly #context: OutputContext;
  readonly #board: TactusBoard;
  readonly #pixels: PacedStreams | undefined;
  readonly #colour: [number, number, number];
  #mode: OutputMode = "idle";
  #level = 1;
  #gridAt = Number.NEGATIVE_INFINITY;
  /** The last cue: its number and its time. */
  #last: { beat: number; fireAt: number } | undefined;

  constructor(config: SerialConfig, context: OutputContext) {
    this.#config = config;
    this.#context = context;
    this.leadS = config.leadMs / 1000;
    const rgb = Number.parseInt(config.colour.slice(1), 16);
    this.#colour = [rgb >> 16, (rgb >> 8) & 0xff, rgb & 0xff];
    const { port, baud, handshake } = config;
    const { now, log } = context;
    this.#board = new TactusBoard({ port, baud, handshake, now, log, onReady: () => this.#tellLevel() });
    this.#pixels = this.#pixelStreams();
    this.frameRateHz = this.#pixels ? this.#pixelRateHz() : GRID_RATE_HZ;
  }

  async start(): Promise<void> {
    await this.#board.start();
    this.#pixels?.start();
  }

  async stop(): Promise<void> {
    await this.#pixels?.stop();
    this.#mode = "released";
    this.#tellLevel();
    await this.#board.stop();
  }

  beat(cue: BeatCue): void {
    if (this.#pixels) {
      this.#context.dmx.beat(cue);
      this.#pixels.beat();
    }
    const beat = this.#last ? this.#last.beat + 1 : 0;
    this.#last = { beat, fireAt: cue.fireAt };
    if (!(cue.bpm > 0)) return;
    this.#board.send((sentAt) => ({
      type: "beat",
      ...announcement(cue),
      dueInUs: (cue.fireAt - sentAt) * 1e6,
      beat,
      beatInBar: Math.min(cue.beatInBar, cue.beatsPerBar),
      freeRunning: cue.source === "free-running",
    }));
  }

  frame(pose: BeatPose): void {
    this.#level = pose.level;
    this.#mode = pose.mode;
    this.#pixels?.frame(pose);
    const now = this.#context.now();
    if (now - this.#gridAt < GRID_INTERVAL_S) return;
    this.#gridAt = now;
    this.#tellLevel();
    const isRunning = pose.mode === "following" || pose.mode === "free-running" || pose.mode === "fading";
    if (isRunning && pose.bpm > 0) this.#tellGrid(pose, now);
  }

  mode(mode: OutputMode): void {
    this.#mode = mode;
    this.#pixels?.mode(mode);
    this.#tellLevel();
  }

  health(): OutputHealth {
    const { receiving, peer, sent, errors, lastError } = this.#board;
    return { receiving, peer, sent, errors, lastError };
  }

  #tellLevel(): void {
    const [mode, level, effect, colour] = [this.#mode, this.#level, this.#config.effect, this.#colour];
    this.#board.send(() => ({ type: "level", mode, level, effect, colour }));
  }

  /** The next beat of the grid. What the pose describes is to be seen now: its latency is in it already. */
  #tellGrid(pose: BeatPose, now: number): void {
    const period = 60 / pose.bpm;
    const dueAt = now + (1 - pose.beatPhase) * period;
    const last = this.#last;
    const beat = last ? last.beat + Math.round((dueAt - last.fireAt) / period) : 0;
    const isDownbeat = pose.barPhase + 1 >= pose.beatsPerBar;
    this.#board.send((sentAt) => ({
      type: "grid",
      ...announcement(pose),
      dueInUs: (dueAt - sentAt) * 1e6,
      beat,
      beatInBar: isDownbeat ? 1 : Math.floor(pose.barPhase) + 2,
      bar: pose.bar + (isDownbeat ? 1 : 0),
      freeRunning: pose.mode !== "following",
    }));
  }

  #pixelStreams(): PacedStreams | undefined {
    const { universe, pixels, channel } = this.#config;
    if (universe === undefined || pixels === undefined) return undefined;
    const { now, dmx, log } = this.#context;
    const data = new Uint8Array(pixels * RGB);
    return new PacedStreams({
      now,
      dmx,
      frameRateHz: this.#pixelRateHz(),
      keepAliveS: KEEP_ALIVE_S,
      repeats: 1,
      universes: () => [universe],
      open: () => new PixelStream({ universe, channel, pixels, data, send: () => this.#sendPicture(data) }),
      flush: () => {},
      failed: (error) => log.warn(error.message),
    });
  }

  /** Half of the line is left for beats. */
  #pixelRateHz(): number {
    const bytes = (this.#config.pixels ?? 1) * RGB * 1.1;
    return Math.max(GRID_RATE_HZ, Math.min(this.#config.frameRateHz, this.#config.baud / 10 / bytes / 2));
  }

  /** In pieces that the board's buffer takes. */
  #sendPicture(rgb: Uint8Array): void {
    const piece = Math.floor((this.#board.maxBody - PIECE_OVERHEAD) / RGB);
    for (let first = 0; first * RGB < rgb.length; first += piece) {
      const bytes = rgb.slice(first * RGB, (first + piece) * RGB);
      const frame: TactusFrame = { type: "pixels", first, show: (first + piece) * RGB >= rgb.length, rgb: bytes };
      if (!this.#board.send(() => frame)) return;
    }
  }
}

/** What a cue and a pose say in the same words. */
function announcement(
  of: BeatCue | BeatPose,
): Pick<Announcement, "beatsPerBar" | "bar" | "periodUs" | "confidence" | "energy"> {
  const { bar, bpm, confidence, energy } = of;
  return { beatsPerBar: Math.min(32, Math.max(1, of.beatsPerBar)), bar, periodUs: 60e6 / bpm, confidence, energy };
}
