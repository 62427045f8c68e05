/** Rendered universes into Adalight or TPM2 frames on a serial port. */
import type { BeatCue, BeatPose, Output, OutputContext, OutputHealth, OutputMode } from "../output.js";
import { PacedStreams } from "../streaming/paced-streams.js";
import { adalightFrame } from "./adalight-packet.js";
import { PixelStream } from "./pixel-stream.js";
import type { SerialConfig } from "./serial-config.js";
import { SerialLink } from "./serial-link.js";
import { tpm2Frame } from "./tpm2-packet.js";

/** WLED leaves its serial mode after a few seconds without a frame. */
const KEEP_ALIVE_S = 0.9;
const REPEATS = 1;

export class PixelOutput implements Output {
  readonly frameRateHz: number;
  readonly leadS = 0;
  readonly #context: OutputContext;
  readonly #link: SerialLink;
  readonly #streams: PacedStreams;
  #sent = 0;
  #errors = 0;
  #lastError = "";

  constructor(config: SerialConfig, context: OutputContext) {
    const { universe = 1, pixels = 1, channel, count, baud, port } = config;
    this.#context = context;
    const { bytes, data } = config.protocol === "adalight" ? adalightFrame({ pixels, count }) : tpm2Frame({ pixels });
    this.frameRateHz = Math.min(config.frameRateHz, carriedRateHz(baud, bytes.length));
    this.#link = new SerialLink({
      port,
      baud,
      now: context.now,
      onOpen: () => {
        this.#lastError = "";
      },
      onData: () => {},
      onTrouble: (text) => this.#failed(text),
    });
    const send = () => this.#write(bytes.slice());
    this.#streams = new PacedStreams({
      now: context.now,
      dmx: context.dmx,
      frameRateHz: this.frameRateHz,
      keepAliveS: KEEP_ALIVE_S,
      repeats: REPEATS,
      universes: () => [universe],
      open: () => new PixelStream({ universe, channel, pixels, data, send }),
      flush: () => {},
      failed: (error) => this.#failed(error.message),
    });
  }

  async start(): Promise<void> {
    await this.#link.start();
    this.#streams.start();
  }

  async stop(): Promise<void> {
    await this.#streams.stop();
    await this.#link.stop();
  }

  beat(cue: BeatCue): void {
    this.#context.dmx.beat(cue);
    this.#streams.beat();
  }

  frame(pose: BeatPose): void {
    this.#streams.frame(pose);
  }

  mode(mode: OutputMode): void {
    this.#streams.mode(mode);
  }

  /** These protocols have no way back: an open port is all that is known. */
  health(): OutputHealth {
    const receiving = this.#link.path ? "unknown" : "not-receiving";
    return { receiving, peer: this.#link.path, sent: this.#sent, errors: this.#errors, lastError: this.#lastError };
  }

  #write(bytes: Uint8Array): void {
    if (this.#link.write(bytes)) this.#sent++;
    else if (this.#link.path) this.#failed(`The board at ${this.#link.path} does not read: is the baud rate right?`);
  }

  #failed(text: string): void {
    if (text !== this.#lastError) this.#context.log.warn(text);
    this.#errors++;
    this.#lastError = text;
  }
}

/** How many frames a second the line carries, with a tenth to spare. */
function carriedRateHz(baud: number, frameBytes: number): number {
  return Math.max(1, (baud / 10 / frameBytes) * 0.9);
}
