/** Things that are due at a time into those that are due now, at a cost that does not grow with what merely waits. */

const SLOT_US = 1_000_000;

export class DueWheel<T extends object> {
  readonly #slots = new Map<number, Set<T>>();
  readonly #slotOf = new Map<T, number>();
  #nextSlot: number | undefined;

  get size(): number {
    return this.#slotOf.size;
  }

  /** At `dueUs` (epoch microseconds), rounded up to a second; undefined = not any more. */
  put(item: T, dueUs: number | undefined): void {
    const slot = dueUs === undefined ? undefined : Math.ceil(dueUs / SLOT_US);
    const before = this.#slotOf.get(item);
    if (slot === before) return;
    if (before !== undefined) this.#leave(item, before);
    if (slot === undefined) return;
    this.#slotOf.set(item, slot);
    const items = this.#slots.get(slot) ?? new Set();
    this.#slots.set(slot, items.add(item));
    if (this.#nextSlot !== undefined && slot < this.#nextSlot) this.#nextSlot = slot;
  }

  /** Takes out everything that is due by now. */
  take(nowUs: number): T[] {
    const last = Math.floor(nowUs / SLOT_US);
    const first = this.#nextSlot ?? 0;
    this.#nextSlot = last + 1;
    return this.#slotsBetween(first, last).flatMap((slot) => this.#empty(slot));
  }

  #slotsBetween(first: number, last: number): number[] {
    if (last - first <= this.#slots.size) return range(first, last);
    return [...this.#slots.keys()].filter((slot) => slot <= last).sort((one, other) => one - other);
  }

  #leave(item: T, slot: number): void {
    this.#slotOf.delete(item);
    const items = this.#slots.get(slot);
    items?.delete(item);
    if (items?.size === 0) this.#slots.delete(slot);
  }

  #empty(slot: number): T[] {
    const items = [...(this.#slots.get(slot) ?? [])];
    this.#slots.delete(slot);
    for (const item of items) this.#slotOf.delete(item);
    return items;
  }
}

function range(first: number, last: number): number[] {
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, index) => first + index);
}
