/** A serial port that is opened again whenever it is gone; what is written meanwhile is dropped, never queued. */
import type { SerialPort } from "serialport";
import { listBoardPorts, loadSerialPort, openPort, openTrouble } from "../../serial-ports.js";

const RETRY_MS = 1000;
/** Unsent bytes beyond this many seconds of line mean that nobody reads. */
const BEHIND_LIMIT_S = 0.5;
const DRAIN_MS = 1000;

export interface SerialLinkOptions {
  /** Path, or "auto": known boards in turn. */
  port: string;
  baud: number;
  /** Monotonic seconds. */
  now(): number;
  onOpen(path: string): void;
  onData(bytes: Uint8Array): void;
  /** It was lost or cannot be opened: why, and the remedy. */
  onTrouble(text: string): void;
}

export class SerialLink {
  readonly #options: SerialLinkOptions;
  #port: SerialPort | undefined;
  #retry: NodeJS.Timeout | undefined;
  #isRunning = false;
  #turn = 0;
  #freeAt = 0;
  #opening: Promise<void> = Promise.resolve();

  constructor(options: SerialLinkOptions) {
    this.#options = options;
  }

  /** Empty while closed. */
  get path(): string {
    return this.#port?.path ?? "";
  }

  /** When the first bit of what is written next leaves: now, or when what was written before is out. Monotonic seconds. */
  get freeAt(): number {
    return Math.max(this.#options.now(), this.#freeAt);
  }

  /** Throws UnavailableError where serial ports do not work at all; a port that is missing is waited for. */
  async start(): Promise<void> {
    await loadSerialPort();
    this.#isRunning = true;
    this.#opening = this.#open();
    await this.#opening;
  }

  /** Sends what was written, then closes. */
  async stop(): Promise<void> {
    this.#isRunning = false;
    clearTimeout(this.#retry);
    await this.#opening;
    const port = this.#port;
    this.#port = undefined;
    if (!port?.isOpen) return;
    await Promise.race([
      new Promise((resolve) => port.drain(resolve)),
      new Promise((resolve) => setTimeout(resolve, DRAIN_MS).unref()),
    ]);
    await new Promise<void>((resolve) => port.close(() => resolve()));
  }

  /** Closes this port and tries the next: what is there is not what is wanted. */
  giveUp(reason: string): void {
    const port = this.#port;
    if (!port) return;
    this.#turn++;
    this.#lost(port, reason);
    port.close(() => {});
  }

  /** False when it was dropped. `bytes` belongs to the link afterwards. */
  write(bytes: Uint8Array): boolean {
    const port = this.#port;
    if (!port?.isOpen) return false;
    const freeAt = this.freeAt;
    if (freeAt - this.#options.now() > BEHIND_LIMIT_S || port.writableLength > BEHIND_LIMIT_S * this.#bytesPerSecond) {
      return false;
    }
    this.#freeAt = freeAt + bytes.length / this.#bytesPerSecond;
    port.write(bytes);
    return true;
  }

  /** 8N1: ten bits a byte. */
  get #bytesPerSecond(): number {
    return this.#options.baud / 10;
  }

  async #open(): Promise<void> {
    const { onOpen, onTrouble } = this.#options;
    const path = await this.#choose();
    if (!this.#isRunning) return;
    if (!path) {
      onTrouble("No board is plugged in: connect one, or name its port in the configuration");
      this.#tryAgain();
      return;
    }
    try {
      const port = await openPort({ path, baud: this.#options.baud });
      this.#port = port;
      this.#freeAt = 0;
      port.on("data", (bytes: Buffer) => this.#port === port && this.#options.onData(bytes));
      port.on("error", (error) => this.#lost(port, error.message));
      port.on("close", () => this.#lost(port, `The board at ${path} is unplugged`));
      onOpen(path);
    } catch (error) {
      onTrouble(openTrouble(path, (error as Error).message));
      this.#turn++;
      this.#tryAgain();
    }
  }

  async #choose(): Promise<string | undefined> {
    if (this.#options.port !== "auto") return this.#options.port;
    const boards = (await listBoardPorts()).filter(({ isKnown }) => isKnown);
    return boards[this.#turn % boards.length]?.path;
  }

  #lost(port: SerialPort, reason: string): void {
    if (this.#port !== port) return;
    this.#port = undefined;
    this.#options.onTrouble(reason);
    this.#tryAgain();
  }

  #tryAgain(): void {
    clearTimeout(this.#retry);
    if (!this.#isRunning) return;
    this.#retry = setTimeout(() => {
      this.#opening = this.#open();
    }, RETRY_MS);
  }
}
