/** Small answers that are in no hurry into fewer packets of the network: they wait a moment for something to go along with. */

/** What waits: its owner sends it when asked, unless it went along with something before. */
export interface Holder {
  flush(): void;
}

const AT_MOST_MS = 25;

export class HeldAcks {
  #holders = new Set<Holder>();
  #timer: NodeJS.Timeout | undefined;

  /** `holder` is flushed soon. One timer serves all connections. */
  hold(holder: Holder): void {
    this.#holders.add(holder);
    this.#timer ??= setTimeout(() => this.#flush(), AT_MOST_MS);
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#holders.clear();
  }

  #flush(): void {
    this.#timer = undefined;
    const holders = this.#holders;
    this.#holders = new Set();
    for (const holder of holders) holder.flush();
  }
}
