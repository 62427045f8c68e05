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
  /** Frames mod N_i: which cell stands at position 0. */
  private readonly heads: Int32Array;
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
    this.heads = new Int32Array(count);
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
    const { mass, cellsPerRing, rings, intervals, cellOf, heads } = this;
    for (let i = 0; i < intervals.length; i++) {
      const n = intervals[i] as number;
      const base = cellOf[i] as number;
      const head = heads[i] as number;
      for (let k = 0; k < n; k++) {
        const cell = base + ((k - head + n) % n);
        let sum = 0;
        for (let ring = 0; ring < rings; ring++) sum += mass[ring * cellsPerRing + cell] as number;
        out[base + k] = sum / this.total;
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
    return ring * this.cellsPerRing + (this.cellOf[i] as number) + ((k - (this.heads[i] as number) + n) % n);
  }

  /** Everything moves on by a frame; what stood at the last position of a beat enters the next one. */
  private advance(): void {
    const count = this.intervals.length;
    for (let i = 0; i < count; i++) this.heads[i] = ((this.heads[i] as number) + 1) % (this.intervals[i] as number);
    for (let ring = 0; ring < this.rings; ring++) {
      for (let i = 0; i < count; i++) this.ends[ring * count + i] = this.mass[this.cell(ring, i, 0)] as number;
    }
    this.starts.fill(0);
    for (let metre = 0; metre < this.firstRing.length; metre++) this.turnBeats(metre);
    for (let ring = 0; ring < this.rings; ring++) {
      for (let i = 0; i < count; i++) {
        const start = this.starts[ring * count + i] as number;
        this.mass[this.cell(ring, i, 0)] = start;
        this.total += start - (this.ends[ring * count + i] as number);
      }
    }
  }

  /** Tempo transition of each beat of a metre into the next; at the bar line the metre may change. */
  private turnBeats(metre: number): void {
    const { metres, metreChange } = this.options;
    const first = this.firstRing[metre] as number;
    const beats = metres[metre] as number;
    for (let beat = 0; beat < beats; beat++) {
      const from = first + beat;
      if (beat + 1 < beats || metres.length === 1) {
        this.turn(from, first + ((beat + 1) % beats), 1);
        continue;
      }
      for (let other = 0; other < metres.length; other++) {
        const share = other === metre ? 1 - metreChange : metreChange / (metres.length - 1);
        this.turn(from, this.firstRing[other] as number, share);
      }
    }
  }

  private turn(from: number, to: number, share: number): void {
    const { ends, starts } = this;
    const { into } = this.options.tempo;
    const weight = this.options.tempoWeight;
    const count = this.intervals.length;
    for (let j = 0; j < count; j++) {
      const band = into[j] as { first: number; weights: Float64Array };
      const base = from * count + band.first;
      let sum = 0;
      for (let w = 0; w < band.weights.length; w++) sum += (band.weights[w] as number) * (ends[base + w] as number);
      if (weight) sum *= weight[j] as number;
      starts[to * count + j] = (starts[to * count + j] as number) + share * sum;
    }
  }

  private observe(ring: number, factor: number): void {
    const { mass } = this;
    for (let i = 0; i < this.intervals.length; i++) {
      const width = this.widths[i] as number;
      for (let k = 0; k < width; k++) {
        const cell = this.cell(ring, i, k);
        const was = mass[cell] as number;
        mass[cell] = was * factor;
        this.total += was * (factor - 1);
      }
    }
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
