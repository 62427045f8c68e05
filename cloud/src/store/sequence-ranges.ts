/** Which batches of a session are there: sorted, disjoint ranges of sequence numbers, exact in whatever order they come. Pure. */

export interface SequenceRange {
  first: number;
  last: number;
}

export class SequenceRanges {
  readonly #ranges: SequenceRange[];

  /** `ranges` sorted and disjoint. */
  constructor(ranges: SequenceRange[] = []) {
    this.#ranges = ranges;
  }

  get all(): readonly SequenceRange[] {
    return this.#ranges;
  }

  has(sequence: number): boolean {
    const range = this.#ranges[this.#before(sequence)];
    return range !== undefined && sequence <= range.last;
  }

  add(sequence: number): void {
    const at = this.#before(sequence);
    const before = this.#ranges[at];
    const after = this.#ranges[at + 1];
    if (before && sequence <= before.last) return;
    const joinsBefore = before?.last === sequence - 1;
    const joinsAfter = after?.first === sequence + 1;
    if (before && after && joinsBefore && joinsAfter) {
      before.last = after.last;
      this.#ranges.splice(at + 1, 1);
    } else if (before && joinsBefore) before.last = sequence;
    else if (after && joinsAfter) after.first = sequence;
    else this.#ranges.splice(at + 1, 0, { first: sequence, last: sequence });
  }

  /** Place of the last range that begins at or before `sequence`; −1 = none does. */
  #before(sequence: number): number {
    let [low, high] = [0, this.#ranges.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#ranges[middle]?.first ?? 0) <= sequence) low = middle + 1;
      else high = middle;
    }
    return low - 1;
  }
}
