/** MIDI messages into a device file or a named pipe, as bare bytes. */
import { closeSync, constants, fstatSync, openSync, writeSync } from "node:fs";
import { UnavailableError } from "@tactus/shared";
import type { MidiPort, PortState } from "./midi-port.js";

/** A device that was pulled out is looked for so often, milliseconds. */
const REOPEN_MS = 2000;
const REMEDIES: Record<string, string> = {
  ENOENT: "plug the interface in, or see the list of `amidi -l`",
  ENODEV: "plug the interface in, or see the list of `amidi -l`",
  EACCES: "add the user to the group audio",
  EBUSY: "another program has the device: close it",
  ENXIO: "nobody reads the pipe: start the reader first",
};

export class RawPort implements MidiPort {
  readonly aheadS = 0;
  readonly #path: string;
  #fd: number | undefined;
  #timer: NodeJS.Timeout | undefined;
  #device = true;
  #errors = 0;
  #lastError = "";

  constructor({ path }: { path: string }) {
    this.#path = path;
  }

  async start(): Promise<void> {
    try {
      this.#open();
    } catch (cause) {
      throw new UnavailableError(this.#explain(cause), { cause });
    }
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    this.#close();
  }

  send(bytes: Uint8Array): boolean {
    if (this.#fd === undefined) return false;
    try {
      return writeSync(this.#fd, bytes) === bytes.length;
    } catch (error) {
      this.#fail(error);
      return false;
    }
  }

  /** A raw device says nothing about the far end; a pipe that takes bytes has a reader. */
  state(): PortState {
    const open = this.#fd !== undefined;
    const receiving = !open ? "not-receiving" : this.#device ? "unknown" : "receiving";
    return { receiving, peer: open ? this.#path : "", errors: this.#errors, lastError: this.#lastError };
  }

  /** Not blocking: a stuck device must not stop the clock of this thread. */
  #open(): void {
    this.#fd = openSync(this.#path, constants.O_WRONLY | constants.O_NONBLOCK | constants.O_NOCTTY);
    this.#device = fstatSync(this.#fd).isCharacterDevice();
  }

  #close(): void {
    if (this.#fd === undefined) return;
    try {
      closeSync(this.#fd);
    } catch {
      // Gone already.
    }
    this.#fd = undefined;
  }

  #fail(error: unknown): void {
    this.#errors += 1;
    this.#lastError = this.#explain(error);
    // Full: these bytes are lost, the next may fit.
    if ((error as NodeJS.ErrnoException).code === "EAGAIN") return;
    this.#close();
    clearInterval(this.#timer);
    this.#timer = setInterval(() => this.#reopen(), REOPEN_MS);
  }

  #reopen(): void {
    try {
      this.#open();
      clearInterval(this.#timer);
    } catch (error) {
      this.#lastError = this.#explain(error);
    }
  }

  #explain(error: unknown): string {
    const { code = "", message } = error as NodeJS.ErrnoException;
    const remedy = REMEDIES[code];
    return `MIDI device ${this.#path} cannot be used (${code || message})${remedy ? `: ${remedy}` : ""}`;
  }
}
