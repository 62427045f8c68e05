/** Packets of many sources into the newest values of each, per universe: sequence, loss and bounds. */
import type { IncomingUniverse } from "./incoming-universe.js";

/** A stranger can invent sources: those beyond this number are not taken in, per universe. */
const MAX_SOURCES = 32;

interface Source {
  values: IncomingUniverse;
  sequence: number;
}

export interface Arrival {
  universe: number;
  source: string;
  priority: number;
  channels: Uint8Array;
  sequence: number;
}

export interface SourceTableOptions {
  /** Universes that are wanted; packets of others are dropped. */
  universes: readonly number[];
  /** Monotonic seconds. */
  now(): number;
  /** A source that was silent for so long is gone, seconds. */
  lossS: number;
  /** True when a packet numbered `next` comes after one numbered `last`. */
  inOrder(next: number, last: number): boolean;
}

export class SourceTable {
  readonly #options: SourceTableOptions;
  readonly #universes = new Map<number, Map<string, Source>>();

  constructor(options: SourceTableOptions) {
    this.#options = options;
    for (const universe of options.universes) this.#universes.set(universe, new Map());
  }

  /** Copies the channels: the caller may reuse its buffer. */
  arrived({ universe, source, priority, channels, sequence }: Arrival): void {
    const sources = this.#universes.get(universe);
    if (!sources) return;
    const receivedAt = this.#options.now();
    const known = sources.get(source);
    const alive = known && receivedAt - known.values.receivedAt < this.#options.lossS;
    if (alive && !this.#options.inOrder(sequence, known.sequence)) return;
    if (!known) this.#prune(sources, receivedAt);
    if (!known && sources.size >= MAX_SOURCES) return;
    const values = { universe, source, priority, channels: Uint8Array.from(channels), receivedAt };
    sources.set(source, { values, sequence });
  }

  /** The source said that it ends. */
  ended(universe: number, source: string): void {
    this.#universes.get(universe)?.delete(source);
  }

  universe(n: number): readonly IncomingUniverse[] {
    const sources = this.#universes.get(n);
    if (!sources || sources.size === 0) return NONE;
    this.#prune(sources, this.#options.now());
    return [...sources.values()].map(({ values }) => values);
  }

  #prune(sources: Map<string, Source>, now: number): void {
    for (const [key, { values }] of sources) if (now - values.receivedAt >= this.#options.lossS) sources.delete(key);
  }
}

const NONE: readonly IncomingUniverse[] = [];
