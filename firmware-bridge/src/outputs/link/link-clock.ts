/** Answers of the far end into Link's time for any time of ours. */
import type { CarabinerMessage } from "./carabiner-line.js";
import { ClockFit } from "./clock-fit.js";

/** Link time and ours are read so often while they are fresh, and later; milliseconds. */
const QUICK_MS = 100;
const CALM_MS = 1000;
const QUICK_READINGS = 8;
/** A question this old gets no answer any more, seconds. */
const ANSWER_TIMEOUT_S = 2;
/** Both clocks in one breath: what is left is the reading of ours, seconds. */
const PAIR_HALF_WIDTH_S = 5e-6;

export interface LinkClockOptions {
  /** Monotonic seconds, the clock of `fireAt`. */
  now(): number;
  send(line: string): boolean;
  /** Keep start/stop shared while asking; see `#question`. */
  startStop: boolean;
}

/**
 * Our helper is asked `tactus-clock`, which pairs Link's clock with CLOCK_MONOTONIC. A plain Carabiner has no such command: there a
 * status is read, whose beat, tempo and start give Link's time at its making, somewhere between question and answer.
 */
export class LinkClock {
  readonly #options: LinkClockOptions;
  readonly #fit = new ClockFit();
  #timer: NodeJS.Timeout | undefined;
  #askedAt: number | undefined;
  #readings = 0;
  #paired = true;

  constructor(options: LinkClockOptions) {
    this.#options = options;
  }

  get known(): boolean {
    return this.#fit.known;
  }

  start(): void {
    this.#fit.reset();
    this.#readings = 0;
    this.#paired = true;
    this.#askedAt = undefined;
    this.#ask();
  }

  stop(): void {
    clearTimeout(this.#timer);
  }

  /** Link's microseconds at `local`, whole. Only once `known`. */
  linkUs(local: number): number {
    return Math.round(this.#fit.toFar(local) * 1e6);
  }

  onMessage(message: CarabinerMessage): void {
    if (message.kind === "unsupported" && message.command === "tactus-clock") {
      this.#paired = false;
      this.#askedAt = undefined;
      clearTimeout(this.#timer);
      this.#ask();
    } else if (message.kind === "clock") this.#readPair(message);
    else if (message.kind === "status" && !this.#paired) this.#readStatus(message);
  }

  /**
   * Carabiner answers `status` at its next turn, up to 20 ms later, but a repeated wish to share start and stop, or not to, at once:
   * the same status, and no change.
   */
  #question(): string {
    if (this.#paired) return "tactus-clock";
    return this.#options.startStop ? "enable-start-stop-sync" : "disable-start-stop-sync";
  }

  #ask(): void {
    const now = this.#options.now();
    if (this.#askedAt === undefined || now - this.#askedAt > ANSWER_TIMEOUT_S) {
      this.#askedAt = this.#options.send(this.#question()) ? now : undefined;
    }
    this.#timer = setTimeout(() => this.#ask(), this.#readings < QUICK_READINGS ? QUICK_MS : CALM_MS);
    this.#timer.unref();
  }

  #readPair({ linkUs, monotonicUs }: { linkUs: number; monotonicUs: number }): void {
    // hrtime is CLOCK_MONOTONIC; `now` may count from elsewhere.
    const before = this.#options.now();
    const monotonic = Number(process.hrtime.bigint()) / 1e9;
    const after = this.#options.now();
    const local = monotonicUs / 1e6 - monotonic + (before + after) / 2;
    this.#add(local, linkUs / 1e6, PAIR_HALF_WIDTH_S + (after - before) / 2);
  }

  #readStatus({ startUs, beat, bpm }: { startUs: number; beat: number; bpm: number }): void {
    if (this.#askedAt === undefined) return;
    const now = this.#options.now();
    const halfWidth = (now - this.#askedAt) / 2;
    this.#add(now - halfWidth, startUs / 1e6 + (beat * 60) / bpm, halfWidth);
  }

  #add(local: number, link: number, halfWidth: number): void {
    this.#askedAt = undefined;
    this.#readings += 1;
    this.#fit.add({ local, offset: link - local, halfWidth });
  }
}
