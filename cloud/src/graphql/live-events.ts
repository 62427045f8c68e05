/** Events of the hub into what a subscription reads at its own pace. */

import type { LiveHub } from "../live/live-hub.js";
import type { LiveEvent } from "../live/live-messages.js";
import type { Principal } from "../users/principal.js";

export interface EventFilter {
  device: string;
  /** Undefined = all. */
  types: ReadonlySet<string> | undefined;
  /** Who listens, asked every `checkMs` (default 10 000): who may not read any more hears no more. */
  again(): Promise<Principal | undefined>;
  checkMs?: number;
}

/** The hub holds what is not read yet, and keeps the newest of each when it is too much. Ends when the hub drops it. */
export function eventsOf(
  hub: LiveHub,
  { device, types, again, checkMs = 10_000 }: EventFilter,
): AsyncIterableIterator<LiveEvent, void> {
  const reader = new Reader();
  const listener = hub.attach({
    watch: [device],
    send: (event) => {
      const isWanted = event.device === device && (types === undefined || types.has(event.type));
      return isWanted ? reader.give(event) : Promise.resolve();
    },
    onDrop: () => void close(),
  });
  const check = setInterval(async () => {
    const principal = await again().catch(() => undefined); // the cloud may be stopping
    if (!principal?.permissions.includes("read")) void close();
  }, checkMs);
  check.unref();
  const close = () => {
    clearInterval(check);
    reader.end();
    listener.close();
    return Promise.resolve({ value: undefined, done: true } as const);
  };
  return {
    next: () => reader.next(),
    return: close,
    throw: close,
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}

type Read = IteratorResult<LiveEvent, void>;

/** One event at a time: the next is taken from the hub when this one was read. */
class Reader {
  #given: { event: LiveEvent; taken(): void } | undefined;
  #wanted: ((read: Read) => void)[] = [];
  #ended = false;

  give(event: LiveEvent): Promise<void> {
    const waiting = this.#wanted.shift();
    if (waiting) {
      waiting({ value: event, done: false });
      return Promise.resolve();
    }
    return new Promise((taken) => {
      this.#given = { event, taken };
    });
  }

  next(): Promise<Read> {
    const given = this.#given;
    if (given) {
      this.#given = undefined;
      given.taken();
      return Promise.resolve({ value: given.event, done: false });
    }
    if (this.#ended) return Promise.resolve({ value: undefined, done: true });
    return new Promise((resolve) => this.#wanted.push(resolve));
  }

  end(): void {
    this.#ended = true;
    this.#given?.taken();
    this.#given = undefined;
    for (const waiting of this.#wanted.splice(0)) waiting({ value: undefined, done: true });
  }
}
