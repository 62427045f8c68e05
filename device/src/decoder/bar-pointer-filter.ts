/**
 * Activations into a posterior over tempo, place in the beat and beat of the bar: the forward algorithm in a
 * bar-pointer state space (Whiteley, Cemgil & Godsill 2006; Krebs, Böck & Widmer 2015), with a tempered likelihood.
 *
 * Inside a beat a state only moves on by one frame, so each (metre, beat, interval) is a ring buffer whose cells stay
 * where they are while the position they stand for advances. Only the cells near a beat are multiplied: the likelihood
 * of "not on a beat" is divided out. Pure; allocates only at construction.
 */
import type { TempoStates } from "./tempo-states.js";

export interface FilterOptions {
  tempo: TempoStates;
  /** Beats per bar that are possible; [1] knows beats only. */
  metres: readonly number[];
  /** A beat takes 1/observationLambda of its interval. */
  observationLambda: number;
  /** Exponent of the likelihood: below 1 the filter is calmer. */
  gamma: number;
  /** Chance that the metre changes at a bar line. */
  metreChange: number;
  /** Weight of each interval at a beat, or none: a mild preference per second for common tempi. */
  tempoWeight?: Float64Array;
}

const EPS = 1e-3;

export class BarPointerFilter {
  readonly intervals: Int32Array;
  /** Rings before those of each metre. */
  private readonly firstRing: number[] = [];
  /** Beat of the bar (0 = downbeat) of each ring. */
  private readonly beatOf: number[] = [];
  /** Where interval i begins inside a ring group. */
  private readonly cellOf: Int32Array;
  private readonly widths: Int32Array;
  readonly cellsPerRing: number;
  readonly rings: number;
  private readonly mass: Float64Array;
  private readonly ends: Float64Array;
  private readonly starts: Float64Array;
  /** What crosses a bar line into one metre, by interval. */
  private readonly entering: Float64Array;
  /** Cell of interval i that stands at position 0, inside a ring. Moves down by one a frame, and round. */
  private readonly first: Int32Array;
  private total = 0;
  private sinceRescale = 0;

  constructor(private readonly options: FilterOptions) {
    this.intervals = options.tempo.intervals;
    const count = this.intervals.length;
    this.cellOf = new Int32Array(count);
    this.widths = Int32Array.from(this.intervals, (n) => Math.ceil(n / options.observationLambda));
    let cells = 0;
    for (let i = 0; i < count; i++) {
      this.cellOf[i] = cells;
      cells += this.intervals[i] as number;
    }
    this.cellsPerRing = cells;
    for (const metre of options.metres) {
      this.firstRing.push(this.beatOf.length);
      for (let beat = 0; beat < metre; beat++) this.beatOf.push(beat);
    }
    this.rings = this.beatOf.length;
    this.mass = new Float64Array(this.rings * cells);
    this.ends = new Float64Array(this.rings * count);
    this.starts = new Float64Array(this.rings * count);
    this.entering = new Float64Array(count);
    this.first = Int32Array.from(this.cellOf);
    this.reset();
  }

  /** Believe everything alike. */
  reset(): void {
    this.mass.fill(1 / this.mass.length);
    this.total = 1;
  }

  /**
   * One frame: beat and downbeat activation in [0, 1] -> evidence, the natural log of how much better the frame fits
   * the posterior than an activation unrelated to it would. Realtime-safe.
   */
  step(beat: number, downbeat: number): number {
    this.advance();
    const before = this.total;
    const off = Math.max(1 - beat, EPS) / (this.options.observationLambda - 1);
    const { gamma } = this.options;
    const d = Math.min(downbeat, beat);
    const first = (Math.max(d, EPS) / off) ** gamma;
    const other = (Math.max(beat - d, EPS) / off) ** gamma;
    const any = (Math.max(beat, EPS) / off) ** gamma;
    for (let ring = 0; ring < this.rings; ring++) {
      this.observe(ring, this.rings === 1 ? any : this.beatOf[ring] === 0 ? first : other);
    }
    const evidence = Math.log(this.total / before) - Math.log(1 + (any - 1) / this.options.observationLambda);
    this.rescale();
    return evidence;
  }

  /** Give every beat start a little mass, `share` in all: lets a lost filter find the beat again. */
  restart(share: number): void {
    const each = (share * this.total) / (this.rings * this.intervals.length);
    for (let ring = 0; ring < this.rings; ring++) {
      for (let i = 0; i < this.intervals.length; i++) {
        const cell = this.cell(ring, i, 0);
        this.mass[cell] = (this.mass[cell] as number) + each;
      }
    }
    this.total *= 1 + share;
  }

  /** Posterior of position k (frames since the beat) at interval index i in a ring. */
  at(ring: number, i: number, k: number): number {
    return (this.mass[this.cell(ring, i, k)] as number) / this.total;
  }

  /** Posterior summed over the bar: out[cellIndex(i, k)] for every interval and position. Length cellsPerRing. */
  beatMarginal(out: Float64Array): void {
    const { mass, cellsPerRing, rings, intervals, cellOf, first } = this;
    const scale = 1 / this.total;
    for (let i = 0; i < intervals.length; i++) {
      const base = cellOf[i] as number;
      const end = base + (intervals[i] as number);
      let cell = first[i] as number;
      for (let to = base; to < end; to++) {
        let sum = 0;
        for (let at = cell; at < rings * cellsPerRing; at += cellsPerRing) sum += mass[at] as number;
        out[to] = sum * scale;
        if (++cell === end) cell = base;
      }
    }
  }

  /** Index of (interval i, position 0) in a marginal. */
  offsetOf(i: number): number {
    return this.cellOf[i] as number;
  }

  /** Metre and beat (0 = downbeat) of a ring. */
  place(ring: number): { beatsPerBar: number; beat: number } {
    let metre = this.firstRing.length - 1;
    while ((this.firstRing[metre] as number) > ring) metre--;
    return { beatsPerBar: this.options.metres[metre] as number, beat: this.beatOf[ring] as number };
  }

  private cell(ring: number, i: number, k: number): number {
    const n = this.intervals[i] as number;
    const end = (this.cellOf[i] as number) + n;
    const cell = (this.first[i] as number) + k;
    return ring * this.cellsPerRing + (cell < end ? cell : cell - n);
  }

  /** Everything moves on by a frame; what stood at the last position of a beat enters the next one. */
  private advance(): void {
    const { intervals, cellOf, first, mass, ends, starts, cellsPerRing } = this;
    const count = intervals.length;
    for (let i = 0; i < count; i++) {
      const base = cellOf[i] as number;
      const was = first[i] as number;
      first[i] = was > base ? was - 1 : base + (intervals[i] as number) - 1;
    }
    for (let ring = 0; ring < this.rings; ring++) {
      for (let i = 0; i < count; i++)
        ends[ring * count + i] = mass[ring * cellsPerRing + (first[i] as number)] as number;
    }
    for (let metre = 0; metre < this.firstRing.length; metre++) this.turnBeats(metre);
    let gained = 0;
    for (let ring = 0; ring < this.rings; ring++) {
      for (let i = 0; i < count; i++) {
        const start = starts[ring * count + i] as number;
        mass[ring * cellsPerRing + (first[i] as number)] = start;
        gained += start - (ends[ring * count + i] as number);
      }
    }
    this.total += gained;
  }

  /** Tempo transition of each beat of a metre into the next. */
  private turnBeats(metre: number): void {
    const first = this.firstRing[metre] as number;
    const beats = this.options.metres[metre] as number;
    const count = this.intervals.length;
    for (let beat = 1; beat < beats; beat++) this.turn(this.ends, (first + beat - 1) * count, first + beat);
    this.meetAtBarLine(metre);
    this.turn(this.entering, 0, first);
  }

  /** What enters the first beat of a metre: its own last beat, and a little of every other metre's. */
  private meetAtBarLine(metre: number): void {
    const { metres, metreChange } = this.options;
    const { entering, ends } = this;
    const count = this.intervals.length;
    entering.fill(0);
    for (let other = 0; other < metres.length; other++) {
      const from = ((this.firstRing[other] as number) + (metres[other] as number) - 1) * count;
      const changes = metreChange / Math.max(1, metres.length - 1);
      const share = metres.length === 1 ? 1 : other === metre ? 1 - metreChange : changes;
      for (let i = 0; i < count; i++) entering[i] = (entering[i] as number) + share * (ends[from + i] as number);
    }
  }

  /** Tempo transition of the mass in `from`, one value per interval from `base` on, into the start of a ring. */
  private turn(from: Float64Array, base: number, ring: number): void {
    const { starts } = this;
    const { into } = this.options.tempo;
    const weight = this.options.tempoWeight;
    const count = this.intervals.length;
    for (let j = 0; j < count; j++) {
      const { first, weights } = into[j] as { first: number; weights: Float64Array };
      let sum = 0;
      for (let w = 0; w < weights.length; w++) sum += (weights[w] as number) * (from[base + first + w] as number);
      starts[ring * count + j] = weight ? sum * (weight[j] as number) : sum;
    }
  }

  private observe(ring: number, factor: number): void {
    const { mass, first, cellOf, intervals, widths } = this;
    const offset = ring * this.cellsPerRing;
    let seen = 0;
    for (let i = 0; i < intervals.length; i++) {
      const n = intervals[i] as number;
      const end = offset + (cellOf[i] as number) + n;
      let cell = offset + (first[i] as number);
      for (let k = widths[i] as number; k > 0; k--) {
        const was = mass[cell] as number;
        mass[cell] = was * factor;
        seen += was;
        if (++cell === end) cell -= n;
      }
    }
    this.total += seen * (factor - 1);
  }

  /** The running total gathers rounding errors, so it is summed anew whenever the scale is. */
  private rescale(): void {
    if (this.total > 1e-60 && this.total < 1e60 && ++this.sinceRescale < 500) return;
    this.sinceRescale = 0;
    const { mass } = this;
    let sum = 0;
    for (let c = 0; c < mass.length; c++) sum += mass[c] as number;
    if (!(sum > 0 && Number.isFinite(sum))) {
      this.reset();
      return;
    }
    for (let c = 0; c < mass.length; c++) mass[c] = (mass[c] as number) / sum;
    this.total = 1;
  }
}
