/** The last seconds of something measured over time, for drawing; the oldest values give way. */

export class Trace {
  readonly #keptUs: number;
  readonly #width: number;
  #rows: number[][] = [];

  /** `width` values per row beside its time. */
  constructor(options: { keptUs: number; width: number }) {
    this.#keptUs = options.keptUs;
    this.#width = options.width;
  }

  /** Rows of a time that is there already are ignored: a feed that resumes may repeat itself. */
  add(atUs: number, ...values: number[]): void {
    const last = this.#rows.at(-1)?.[0] ?? 0;
    if (values.length !== this.#width || atUs <= last) return;
    this.#rows.push([atUs, ...values]);
    const oldest = atUs - this.#keptUs;
    const expired = this.#rows.findIndex((row) => (row[0] ?? 0) >= oldest);
    if (expired > 50) this.#rows = this.#rows.slice(expired);
  }

  /** [time, …values], oldest first. */
  since(fromUs: number): readonly number[][] {
    const first = this.#rows.findIndex((row) => (row[0] ?? 0) >= fromUs);
    return first < 0 ? [] : this.#rows.slice(first);
  }

  get length(): number {
    return this.#rows.length;
  }

  clear(): void {
    this.#rows = [];
  }
}
