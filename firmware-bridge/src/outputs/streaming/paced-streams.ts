/** Poses into streams of packets: which universes leave now, by mode, change and keep-alive; the protocols do the bytes. */
import type { BeatPose, DmxSource, OutputMode } from "../output.js";
import { FramePacer } from "./frame-pacer.js";

/** About a DMX frame apart. */
const END_ROUND_MS = 25;

/** One universe (or strip) on its way out. Its values lie inside its packet: nothing is copied twice. */
export interface Stream {
  /** Takes the values as last rendered; true when they differ from the ones it has. */
  take(dmx: DmxSource): boolean;
  /** All values to zero. */
  clear(): void;
  send(): void;
  /** One packet that ends it in the protocol's own way; called `repeats` times. A later `send` begins anew. */
  end(): void;
}

export interface PacedStreamsOptions {
  now(): number;
  dmx: DmxSource;
  /** Regular frames a second, at most 44. */
  frameRateHz: number;
  /** Unchanged values are sent again when they are this old, seconds. */
  keepAliveS: number;
  /** How often values are sent after a change, and the end at the end, before only the keep-alive goes on. */
  repeats: number;
  /** The streams wanted now, by universe. */
  universes(): readonly number[];
  /** Called once for each universe. */
  open(universe: number): Stream;
  /** After the last packet of a frame: sync packets. */
  flush(): void;
  /** What went wrong inside a frame, which must not throw. */
  failed(error: Error): void;
}

interface Paced {
  stream: Stream;
  /** Monotonic seconds of the last packet; undefined before the first and after the end. */
  sentAt: number | undefined;
  repeatsLeft: number;
}

/**
 * What leaves in each mode: `blackout` zeros, at once and whatever the source renders; `released` nothing, after the streams were
 * ended; in all others what the source renders: it applies the level, and keeps the look while holding. Without frames the last
 * values are repeated.
 */
export class PacedStreams {
  readonly #options: PacedStreamsOptions;
  readonly #pacer: FramePacer;
  readonly #paced = new Map<number, Paced>();
  #universes: readonly number[] = [];
  #wantedNow: readonly Paced[] = [];
  #ending: Promise<unknown> = Promise.resolve();
  #mode: OutputMode = "idle";
  #onBeat = false;
  #isRunning = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: PacedStreamsOptions) {
    this.#options = options;
    this.#pacer = new FramePacer({ rateHz: options.frameRateHz });
  }

  start(): void {
    this.#isRunning = true;
    if (this.#mode === "blackout") this.#guarded(() => this.#blackout());
    // Keeps streams alive even when no frames are asked for; eight looks per interval keep it within E1.31's 0.8 to 1 s.
    this.#timer = setInterval(() => this.#guarded(() => this.#keepAlive()), (this.#options.keepAliveS * 1000) / 8);
    this.#timer.unref();
  }

  /** When the last packet has been handed over. */
  async stop(): Promise<void> {
    clearInterval(this.#timer);
    this.#isRunning = false;
    this.#end([...this.#paced.values()]);
    await this.#ending;
  }

  /** The next frame lands on a beat: it leaves whatever the rate. */
  beat(): void {
    this.#onBeat = true;
  }

  mode(mode: OutputMode): void {
    this.#mode = mode;
    if (!this.#isRunning) return;
    if (mode === "blackout") this.#guarded(() => this.#blackout());
    if (mode === "released") this.#end([...this.#paced.values()]);
  }

  /** Allocates nothing in a steady state. */
  frame(pose: BeatPose): void {
    if (!this.#isRunning || this.#mode === "released") return;
    if (!this.#pacer.admits(this.#options.now(), this.#onBeat)) return;
    this.#onBeat = false;
    this.#guarded(() => this.#render(pose));
  }

  /** Universes of streams that have begun and not ended. */
  live(): number[] {
    return [...this.#paced].filter(([, { sentAt }]) => sentAt !== undefined).map(([universe]) => universe);
  }

  #render(pose: BeatPose): void {
    const { dmx, now, keepAliveS, repeats } = this.#options;
    dmx.render(pose);
    if (this.#mode === "blackout") return; // zeros have left, and are repeated
    const at = now();
    let flush = false;
    for (const paced of this.#wanted()) {
      if (paced.stream.take(dmx)) paced.repeatsLeft = repeats;
      const due = paced.sentAt === undefined || at - paced.sentAt >= keepAliveS;
      if (paced.repeatsLeft <= 0 && !due) continue;
      this.#send(paced, at);
      flush = true;
    }
    if (flush) this.#options.flush();
  }

  #blackout(): void {
    const at = this.#options.now();
    for (const paced of this.#wanted()) {
      paced.stream.clear();
      paced.repeatsLeft = this.#options.repeats;
      this.#send(paced, at);
    }
    this.#options.flush();
  }

  #keepAlive(): void {
    const at = this.#options.now();
    // Frames do not repeat a blackout, and one of its packets may be lost.
    const repeat = this.#mode === "blackout";
    let flush = false;
    for (const paced of this.#paced.values()) {
      if (paced.sentAt === undefined) continue;
      const due = at - paced.sentAt >= this.#options.keepAliveS || (repeat && paced.repeatsLeft > 0);
      if (!due) continue;
      this.#send(paced, at);
      flush = true;
    }
    if (flush) this.#options.flush();
  }

  #send(paced: Paced, at: number): void {
    paced.stream.send();
    paced.sentAt = at;
    paced.repeatsLeft--;
  }

  #end(paced: Paced[]): void {
    const ending = paced.filter(({ sentAt }) => sentAt !== undefined);
    if (ending.length === 0) return;
    for (const one of ending) {
      one.sentAt = undefined;
      one.repeatsLeft = 0;
    }
    this.#ending = Promise.all([this.#ending, this.#endInRounds(ending)]);
  }

  /** Every stream once, then every stream again: packets sent back to back would overrun the same receiver's buffer. */
  async #endInRounds(ending: readonly Paced[]): Promise<void> {
    for (let round = 0; round < this.#options.repeats; round++) {
      if (round > 0) await new Promise((resolve) => setTimeout(resolve, END_ROUND_MS));
      // One that has begun again meanwhile goes on.
      for (const { stream, sentAt } of ending) if (sentAt === undefined) this.#guarded(() => stream.end());
    }
  }

  /** The streams of the universes there are now; those of universes that went away are ended. */
  #wanted(): readonly Paced[] {
    const universes = this.#options.universes();
    if (sameNumbers(universes, this.#universes)) return this.#wantedNow;
    this.#universes = [...universes];
    this.#wantedNow = universes.map((universe) => this.#pacedOf(universe));
    this.#end([...this.#paced.values()].filter((paced) => !this.#wantedNow.includes(paced)));
    return this.#wantedNow;
  }

  #pacedOf(universe: number): Paced {
    const known = this.#paced.get(universe);
    if (known) return known;
    const paced: Paced = { stream: this.#options.open(universe), sentAt: undefined, repeatsLeft: 0 };
    this.#paced.set(universe, paced);
    return paced;
  }

  #guarded(work: () => void): void {
    try {
      work();
    } catch (error) {
      this.#options.failed(error as Error);
    }
  }
}

function sameNumbers(a: readonly number[], b: readonly number[]): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}
