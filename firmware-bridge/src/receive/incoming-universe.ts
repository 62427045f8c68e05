/** Universes that others send to us, as the merge of the show engine sees them: what a receiver turns packets into. */

/** The newest values of one source in one universe. */
export interface IncomingUniverse {
  /** Numbered from 1 in every protocol. */
  universe: number;
  /** Who sends, unique among the sources of a receiver: `<protocol> <identity>`. */
  source: string;
  /** 0..200 as in sACN; a protocol without priorities uses one number for all its sources. */
  priority: number;
  /** As many values as the source sends, at most 512, 0..255; replaced, never changed in place. */
  channels: Uint8Array;
  /** Monotonic seconds at which the values came. */
  receivedAt: number;
}

/** Listens to one protocol. Sources that ended their stream or fell silent are left out by themselves. */
export interface DmxReceiver {
  /** Throws UnavailableError naming the port that cannot be had and the remedy. */
  start(): Promise<void>;
  stop(): Promise<void>;
  /** The live sources of a universe, oldest acquaintance first; empty when nobody sends. Cheap; never throws. */
  universe(n: number): readonly IncomingUniverse[];
}
