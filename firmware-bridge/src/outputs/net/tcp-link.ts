/** A TCP connection that is opened again whenever it is lost; what is written while it is down is dropped, never queued. */
import { connect, type Socket } from "node:net";

const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 10_000;
const CONNECT_TIMEOUT_MS = 5_000;
/** Connected this long, a link counts as stable and the pauses start small again. */
const STABLE_MS = 5_000;
/** A receiver that has this much unread is not reading: late beats are worse than none. Bytes. */
const UNREAD_LIMIT_BYTES = 64 * 1024;

export interface TcpLinkOptions {
  /** Asked before every attempt; undefined = nowhere to go yet, ask again later. */
  target(): { host: string; port: number } | undefined;
  onOpen(): void;
  onData(bytes: Uint8Array): void;
  /** The connection was lost or could not be made. `reason` is in words. */
  onClose(reason: string): void;
}

export class TcpLink {
  readonly #options: TcpLinkOptions;
  #socket: Socket | undefined;
  #open = false;
  #pauseMs = FIRST_PAUSE_MS;
  #retry: NodeJS.Timeout | undefined;
  #stable: NodeJS.Timeout | undefined;
  #stopped = true;

  constructor(options: TcpLinkOptions) {
    this.#options = options;
  }

  get connected(): boolean {
    return this.#open;
  }

  start(): void {
    this.#stopped = false;
    this.#connect();
  }

  /** Sends what was written, then closes. */
  async stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#retry);
    clearTimeout(this.#stable);
    const socket = this.#socket;
    if (!socket || socket.destroyed) return;
    if (!this.#open) {
      socket.destroy();
      return;
    }
    const closed = new Promise<void>((resolve) => socket.once("close", () => resolve()));
    const impatience = setTimeout(() => socket.destroy(), 500);
    socket.end();
    await closed;
    clearTimeout(impatience);
  }

  /** Try at once instead of after the pause: a target has turned up. */
  retryNow(): void {
    if (this.#stopped || this.#socket) return;
    clearTimeout(this.#retry);
    this.#pauseMs = FIRST_PAUSE_MS;
    this.#connect();
  }

  /** Drop the connection; it is opened again after a pause, to whatever `target` says then. */
  reset(reason: string): void {
    this.#socket?.destroy(new Error(reason));
  }

  /** False when it was dropped: not connected, or the receiver does not read. */
  write(bytes: Uint8Array | string): boolean {
    const socket = this.#socket;
    if (!socket || !this.#open) return false;
    if (socket.writableLength > UNREAD_LIMIT_BYTES) {
      this.reset("the receiver does not read");
      return false;
    }
    socket.write(bytes);
    return true;
  }

  #connect(): void {
    const target = this.#options.target();
    if (!target) {
      this.#connectLater();
      return;
    }
    const socket = connect({ ...target, family: 4 });
    this.#socket = socket;
    let reason = "closed by the receiver";
    socket.setNoDelay(true);
    socket.setKeepAlive(true, 5_000);
    const impatience = setTimeout(() => socket.destroy(new Error("no answer")), CONNECT_TIMEOUT_MS);
    socket.on("connect", () => {
      clearTimeout(impatience);
      this.#opened();
    });
    socket.on("data", (bytes: Uint8Array) => this.#options.onData(bytes));
    socket.on("error", (error) => {
      reason = error.message;
    });
    socket.on("close", () => {
      clearTimeout(impatience);
      this.#closed(reason);
    });
  }

  #opened(): void {
    this.#open = true;
    this.#stable = setTimeout(() => {
      this.#pauseMs = FIRST_PAUSE_MS;
    }, STABLE_MS).unref();
    this.#options.onOpen();
  }

  #closed(reason: string): void {
    this.#open = false;
    this.#socket = undefined;
    clearTimeout(this.#stable);
    if (this.#stopped) return;
    this.#options.onClose(reason);
    this.#connectLater();
  }

  /** Half the pause and a random other half: twenty bridges do not knock at the same instant. */
  #connectLater(): void {
    const wait = this.#pauseMs * (0.5 + Math.random() / 2);
    this.#pauseMs = Math.min(LONGEST_PAUSE_MS, this.#pauseMs * 2);
    this.#retry = setTimeout(() => this.#connect(), wait);
  }
}
