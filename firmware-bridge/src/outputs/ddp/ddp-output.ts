/** Rendered universes into the pixels of one DDP display (WLED, Falcon, xLights). */
import type { Socket } from "node:dgram";
import { closeUdpSocket, openUdpSocket } from "../../udp-socket.js";
import type { BeatCue, BeatPose, Output, OutputContext, OutputHealth, OutputMode } from "../output.js";
import { HostAddresses } from "../streaming/host-addresses.js";
import { PacedStreams } from "../streaming/paced-streams.js";
import { UdpSender } from "../streaming/udp-sender.js";
import type { DdpConfig } from "./ddp-config.js";
import { DATA_TYPE, DESTINATION, decodeDdp, encodeDdp } from "./ddp-packet.js";
import { DdpStream } from "./ddp-stream.js";
import { pixelSpans } from "./pixel-layout.js";

/** WLED leaves its realtime mode after 2.5 s without packets. */
const KEEP_ALIVE_S = 0.9;
const REPEATS = 2;
const QUERY_MS = 3000;
/** An answer counts for so long. */
const ANSWER_VALID_S = 10;
/** [bytes of a pixel, data type on the wire] */
const FORMAT = { rgb: [3, DATA_TYPE.rgb24], rgbw: [4, DATA_TYPE.rgbw32] } as const;

export class DdpOutput implements Output {
  readonly frameRateHz: number;
  readonly leadS = 0;
  readonly #config: DdpConfig;
  readonly #context: OutputContext;
  readonly #sender = new UdpSender();
  readonly #host: HostAddresses;
  readonly #streams: PacedStreams;
  readonly #query: Buffer;
  #target: string | undefined;
  #socket: Socket | undefined;
  #timer: NodeJS.Timeout | undefined;
  #answeredAt = Number.NEGATIVE_INFINITY;

  constructor(config: DdpConfig, context: OutputContext) {
    this.#config = config;
    this.#context = context;
    this.frameRateHz = config.frameRateHz;
    const [bytesPerPixel, dataType] = FORMAT[config.format];
    const spans = pixelSpans({ ...config, bytesPerPixel });
    this.#query = encodeDdp({ ...QUERY, data: new Uint8Array() });
    this.#host = new HostAddresses({ hosts: [config.host], changed: () => this.#retarget() });
    this.#streams = new PacedStreams({
      now: context.now,
      dmx: context.dmx,
      frameRateHz: config.frameRateHz,
      keepAliveS: KEEP_ALIVE_S,
      repeats: REPEATS,
      universes: () => [config.universe],
      open: () => new DdpStream({ spans, dataType, transmit: (packet) => this.#transmit(packet) }),
      flush: () => {},
      failed: (error) => this.#sender.failed(error),
    });
  }

  async start(): Promise<void> {
    this.#socket = await openUdpSocket();
    this.#socket.on("error", (error) => this.#sender.failed(error));
    this.#socket.on("message", (bytes, { address }) => this.#heard(bytes, address));
    this.#sender.use(this.#socket);
    this.#host.start();
    this.#retarget();
    this.#streams.start();
    if (!this.#config.query) return;
    this.#timer = setInterval(() => this.#transmit(this.#query), QUERY_MS);
    this.#timer.unref();
    this.#transmit(this.#query);
  }

  async stop(): Promise<void> {
    if (!this.#socket) return;
    clearInterval(this.#timer);
    this.#host.stop();
    await this.#streams.stop();
    await this.#sender.drained();
    this.#sender.use(undefined);
    await closeUdpSocket(this.#socket);
    this.#socket = undefined;
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

  /** Known only where the display answers queries: `query` in the configuration. */
  health(): OutputHealth {
    const { sent, errors, lastError } = this.#sender;
    const answered = this.#context.now() - this.#answeredAt < ANSWER_VALID_S;
    const receiving = !this.#config.query ? "unknown" : answered ? "receiving" : "not-receiving";
    const peer = this.#target ? `${this.#config.host}:${this.#config.port}` : "";
    const unknown = this.#target ? "" : `No address for ${this.#config.host}: check the name or give a number`;
    return { receiving, peer, sent, errors, lastError: unknown || lastError };
  }

  #retarget(): void {
    [this.#target] = this.#host.addresses();
  }

  #transmit(packet: Uint8Array): void {
    if (this.#target) this.#sender.send(packet, this.#config.port, this.#target);
  }

  #heard(bytes: Uint8Array, from: string): void {
    if (from === this.#target && decodeDdp(bytes)?.reply) this.#answeredAt = this.#context.now();
  }
}

const QUERY = {
  push: false,
  query: true,
  reply: false,
  sequence: 0,
  dataType: 0,
  destination: DESTINATION.status,
  offset: 0,
};
