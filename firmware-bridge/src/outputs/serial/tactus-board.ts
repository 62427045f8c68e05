/** The board at the other end of a serial line: greeted, pinged, and told frames that carry their own time. */
import { FrameSplitter } from "./frame-splitter.js";
import { SerialLink } from "./serial-link.js";
import { encodeFrame, PROTOCOL, type StampedFrame, type TactusFrame } from "./tactus-frame-packet.js";

/** A board that resets when its port is opened is deaf for up to two seconds. */
const HELLO_MS = 250;
const PATIENCE_S = 4;
const PING_MS = 1000;
const PONG_VALID_S = 3;
const MICROSECONDS = 1e6;
const WRAP = 2 ** 32;

export interface TactusBoardOptions {
  port: string;
  baud: number;
  /** False: nothing comes back on this line, so send from the start. */
  handshake: boolean;
  /** Monotonic seconds. */
  now(): number;
  log: { info(text: string): void; warn(text: string): void };
  /** The board is there and understands us: tell it everything. */
  onReady(): void;
}

type Welcome = StampedFrame & { type: "welcome" };
type Pong = StampedFrame & { type: "pong" };

export class TactusBoard {
  readonly #options: TactusBoardOptions;
  readonly #link: SerialLink;
  #splitter = new FrameSplitter();
  #state: "closed" | "greeting" | "ready" | "refused" = "closed";
  #welcome: Welcome | undefined;
  #pong: Pong | undefined;
  #pongAt = Number.NEGATIVE_INFINITY;
  #roundTripS = 0;
  /** Of the port that was open last. */
  #path = "";
  #greetedSince = 0;
  #counter = 0;
  #timer: NodeJS.Timeout | undefined;
  sent = 0;
  errors = 0;
  lastError = "";

  constructor(options: TactusBoardOptions) {
    this.#options = options;
    const { port, baud, now } = options;
    this.#link = new SerialLink({
      port,
      baud,
      now,
      onOpen: (path) => this.#opened(path),
      onData: (bytes) => this.#heard(bytes),
      onTrouble: (text) => this.#lost(text),
    });
  }

  get isReady(): boolean {
    return this.#state === "ready";
  }

  /** Longest frame the board takes, bytes with header and checksum. */
  get maxBody(): number {
    return this.#welcome?.maxBody ?? 128;
  }

  /** Throws UnavailableError where serial ports do not work at all. */
  start(): Promise<void> {
    return this.#link.start();
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await this.#link.stop();
    this.#state = "closed";
  }

  /** False when there is no board, or it does not read. `frame` is given the time at which it leaves, monotonic seconds. */
  send(frame: (sentAt: number) => TactusFrame): boolean {
    return this.isReady && this.#write(frame);
  }

  get receiving(): "receiving" | "not-receiving" | "unknown" {
    if (this.#state === "closed") return "not-receiving";
    if (!this.#options.handshake) return "unknown";
    return this.isReady && this.#options.now() - this.#pongAt < PONG_VALID_S ? "receiving" : "not-receiving";
  }

  /** What is attached, in words. */
  get peer(): string {
    if (!this.#welcome) return this.#link.path;
    const { board, version, pixels } = this.#welcome;
    const known = `${board} board at ${this.#path}, firmware ${version}, ${pixels} pixels`;
    if (!this.#pong) return known;
    const { bad, lost, phaseErrorUs, ratePpm } = this.#pong;
    const roundTrip = `round trip ${(this.#roundTripS * 1000).toFixed(1)} ms`;
    const phase = `phase ${(phaseErrorUs / 1000).toFixed(1)} ms`;
    return `${known}; ${roundTrip}, ${phase}, crystal ${ratePpm} ppm, ${bad} frames damaged, ${lost} lost`;
  }

  #opened(path: string): void {
    this.#path = path;
    this.#splitter = new FrameSplitter();
    this.#welcome = undefined;
    this.#pong = undefined;
    this.#greetedSince = this.#options.now();
    clearInterval(this.#timer);
    if (!this.#options.handshake) {
      this.#ready(path);
      return;
    }
    this.#state = "greeting";
    this.#timer = setInterval(() => this.#greet(), HELLO_MS);
    this.#greet();
  }

  #greet(): void {
    this.#write(() => ({ type: "hello", ...PROTOCOL }));
    if (this.#options.now() - this.#greetedSince < PATIENCE_S) return;
    this.#greetedSince = this.#options.now();
    const path = this.#link.path;
    this.#failed(`The board at ${path} does not answer: flash it with "tactus bridge flash --port ${path}"`);
    if (this.#options.port === "auto") this.#link.giveUp(this.lastError);
  }

  #heard(bytes: Uint8Array): void {
    for (const frame of this.#splitter.push(bytes)) {
      if (frame.type === "welcome") this.#welcomed(frame);
      else if (frame.type === "pong") this.#ponged(frame);
    }
  }

  #welcomed(welcome: Welcome): void {
    if (this.#state !== "greeting") return;
    this.#welcome = welcome;
    clearInterval(this.#timer);
    if (welcome.major === PROTOCOL.major) {
      this.#ready(this.#link.path);
      return;
    }
    this.#state = "refused";
    this.#failed(refusal(welcome, this.#link.path));
  }

  #ready(path: string): void {
    this.#state = "ready";
    this.lastError = "";
    this.#options.log.info(this.#welcome ? `Following: ${this.peer}` : `Sending to ${path}`);
    if (this.#options.handshake) {
      this.#timer = setInterval(() => this.#write(() => ({ type: "ping" })), PING_MS);
      this.#write(() => ({ type: "ping" }));
    }
    this.#options.onReady();
  }

  #ponged(pong: Pong): void {
    const { now } = this.#options;
    this.#pong = pong;
    this.#pongAt = now();
    this.#roundTripS = roundTripS(now(), pong.echoUs);
  }

  #lost(text: string): void {
    clearInterval(this.#timer);
    this.#state = "closed";
    this.#failed(text);
  }

  #write(frame: (sentAt: number) => TactusFrame): boolean {
    const sentAt = this.#link.freeAt;
    const stamp = { counter: this.#counter++ & 0xff, sentAtUs: Math.round(sentAt * MICROSECONDS) % WRAP };
    const isOut = this.#link.write(encodeFrame(frame(sentAt), stamp));
    if (isOut) this.sent++;
    else this.#failed(`The board at ${this.#link.path} does not read: is the baud rate right?`);
    return isOut;
  }

  #failed(text: string): void {
    if (text !== this.lastError) this.#options.log.warn(text);
    this.errors++;
    this.lastError = text;
  }
}

/**
 * From a ping's stamp (microseconds, 32 bits) until now. A ping is stamped with the end of its bytes on the line; a line that is
 * faster than it says answers before that, which is no time at all.
 */
export function roundTripS(now: number, echoUs: number): number {
  const us = (((now * MICROSECONDS - echoUs) % WRAP) + WRAP) % WRAP;
  return us < WRAP / 2 ? us / MICROSECONDS : 0;
}

/** What to flash, or to update, when the two speak different versions. */
function refusal({ major, board }: Welcome, path: string): string {
  const differ = `The board at ${path} speaks protocol ${major}, this bridge ${PROTOCOL.major}`;
  if (major > PROTOCOL.major) return `${differ}: update this bridge, or flash the board with this bridge's firmware`;
  const name = board === "generic" ? "avr" : board;
  return `${differ}: flash its firmware with "tactus bridge flash --board ${name} --port ${path}"`;
}
