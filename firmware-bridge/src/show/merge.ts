/** The engine's universes and those of desks into what is sent: HTP, LTP, priority, and a soft return when a desk is gone. */
import type { IncomingUniverse } from "../receive/incoming-universe.js";
import { UNIVERSE_SIZE } from "./patch.js";
import type { MergeConfig } from "./rig-config.js";

/** Where the sources of a universe are asked for: a DmxReceiver is one. Cheap, called for each frame. */
export interface IncomingSource {
  universe(universe: number): readonly IncomingUniverse[];
}

const HTP = 0;
const LTP = 1;
const DESK = 2;
const ENGINE = 3;
const CODE = { htp: HTP, ltp: LTP, desk: DESK, engine: ENGINE } as const;

export interface MergeOptions {
  config: MergeConfig;
  universes: readonly number[];
  sources: readonly IncomingSource[];
}

/** All universes of a frame. Realtime-safe: allocates nothing after its start. */
export class Merge {
  readonly #universes: UniverseMerge[];

  constructor({ config, universes, sources }: MergeOptions) {
    this.#universes = universes.map((universe) => new UniverseMerge(universe, config, sources));
  }

  /** The engine begins something new (a look, a mode): from now on LTP channels are its own until a desk moves them. */
  claim(): void {
    for (const universe of this.#universes) universe.claim();
  }

  /** @param at monotonic seconds on the clock of `receivedAt`. Reads `own`, writes all of `out`. */
  merge({ own, out, at }: { own: Uint8Array; out: Uint8Array; at: number }): void {
    out.set(own);
    for (let index = 0; index < this.#universes.length; index++) {
      this.#universes[index]?.merge(out, index * UNIVERSE_SIZE, at);
    }
  }

  /** Is a desk of higher priority in charge of this universe? By place in `universes`. */
  isTaken(index: number): boolean {
    return this.#universes[index]?.isTaken ?? false;
  }
}

class UniverseMerge {
  readonly #universe: number;
  readonly #config: MergeConfig;
  readonly #sources: readonly IncomingSource[];
  readonly #rules = new Uint8Array(UNIVERSE_SIZE);
  /** What the desks send, or sent last; how many channels of it. */
  readonly #desk = new Uint8Array(UNIVERSE_SIZE);
  readonly #before = new Uint8Array(UNIVERSE_SIZE);
  #length = 0;
  /** Channels that the desk moved last. */
  readonly #deskIsLatest = new Uint8Array(UNIVERSE_SIZE);
  #priority = -1;
  #heardAt = Number.NEGATIVE_INFINITY;
  #known = false;

  constructor(universe: number, config: MergeConfig, sources: readonly IncomingSource[]) {
    this.#universe = universe;
    this.#config = config;
    this.#sources = sources;
    this.#rules.fill(CODE[config.rule]);
    for (const range of config.ranges) {
      if (range.universe === universe) this.#rules.fill(CODE[range.rule], range.from - 1, range.to);
    }
  }

  get isTaken(): boolean {
    return this.#known && this.#priority > this.#config.priority;
  }

  claim(): void {
    this.#deskIsLatest.fill(0);
  }

  merge(out: Uint8Array, base: number, at: number): void {
    const live = this.#hear(at);
    if (!this.#known) return;
    const { fadeS } = this.#config;
    const gone = at - this.#heardAt;
    const weight = live ? 1 : fadeS > 0 ? Math.max(0, 1 - gone / fadeS) : 0;
    if (weight > 0) this.#mix(out, base, weight);
    else this.#forget();
  }

  /** Takes over what the desks of the highest priority send; false when there are none. */
  #hear(at: number): boolean {
    const priority = this.#highest(at);
    if (priority < this.#config.priority) return false;
    this.#before.set(this.#desk);
    this.#desk.fill(0);
    this.#length = 0;
    for (const source of this.#sources) {
      for (const incoming of source.universe(this.#universe)) {
        if (incoming.priority === priority && this.#isLive(incoming, at)) this.#take(incoming.channels);
      }
    }
    // What a desk stands on when it comes is not a move: LTP channels stay the engine's until one is touched.
    if (this.#known) this.#markMoved();
    this.#known = true;
    this.#priority = priority;
    this.#heardAt = at;
    return true;
  }

  #highest(at: number): number {
    let highest = -1;
    for (const source of this.#sources) {
      for (const incoming of source.universe(this.#universe)) {
        if (incoming.priority > highest && this.#isLive(incoming, at)) highest = incoming.priority;
      }
    }
    return highest;
  }

  #isLive({ receivedAt }: IncomingUniverse, at: number): boolean {
    return at - receivedAt < this.#config.lostAfterS;
  }

  /** Desks of one priority meet by HTP, as in OLA and most nodes. */
  #take(channels: Uint8Array): void {
    const count = Math.min(channels.length, UNIVERSE_SIZE);
    this.#length = Math.max(this.#length, count);
    for (let index = 0; index < count; index++) {
      const value = channels[index] as number;
      if (value > (this.#desk[index] as number)) this.#desk[index] = value;
    }
  }

  #markMoved(): void {
    for (let index = 0; index < this.#length; index++) {
      if (this.#desk[index] !== this.#before[index]) this.#deskIsLatest[index] = 1;
    }
  }

  /** @param weight of the desk: 1 while it is there, falling to 0 when it has gone */
  #mix(out: Uint8Array, base: number, weight: number): void {
    const wins = this.isTaken;
    for (let index = 0; index < this.#length; index++) {
      const own = out[base + index] as number;
      const desk = this.#desk[index] as number;
      const rule = wins ? DESK : (this.#rules[index] as number);
      const merged = rule === HTP ? Math.max(own, desk) : this.#isDesks(rule, index) ? desk : own;
      out[base + index] = Math.round(own + (merged - own) * weight);
    }
  }

  #isDesks(rule: number, index: number): boolean {
    return rule === DESK || (rule === LTP && this.#deskIsLatest[index] === 1);
  }

  #forget(): void {
    this.#known = false;
    this.#priority = -1;
    this.#desk.fill(0);
    this.#deskIsLatest.fill(0);
    this.#length = 0;
  }
}
