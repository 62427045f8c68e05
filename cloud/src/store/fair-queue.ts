/** What many devices hand in, taken out in turns: one of each, the earliest first within a device. Pure. */

export class FairQueue<Item> {
  /** In the order of their turns. */
  readonly #queues = new Map<string, Item[]>();
  #length = 0;

  get length(): number {
    return this.#length;
  }

  /** What waits of one device. */
  lengthOf(deviceId: string): number {
    return this.#queues.get(deviceId)?.length ?? 0;
  }

  push(deviceId: string, item: Item): void {
    const queue = this.#queues.get(deviceId);
    if (queue) queue.push(item);
    else this.#queues.set(deviceId, [item]);
    this.#length++;
  }

  /** The next in turn; its device is last from now on. */
  take(): Item | undefined {
    for (const [deviceId, queue] of this.#queues) {
      this.#queues.delete(deviceId);
      const item = queue.shift();
      if (queue.length > 0) this.#queues.set(deviceId, queue);
      if (item === undefined) continue;
      this.#length--;
      return item;
    }
    return undefined;
  }
}
