/** Interleaved samples at a card's or a file's rate into mono samples at 22 050 Hz, on time to a fraction of a sample. */
import { MonoMixer } from "./mono-mixer.js";

export const MODEL_RATE_HZ = 22050;

export interface ResamplerOptions {
  /** 4 000 to 384 000, whole hertz. */
  sampleRateHz: number;
  audioChannels: number;
}

/**
 * Half the filter's length. 1.45 ms (32 samples at 22 050 Hz) make the step from passed to stopped 1.7 kHz wide at
 * 80 dB: flat to 10.1 kHz, which is as far as the mel bands reach, and stopped from 11.9 kHz, so that what folds back
 * lies above them. From rates below 22 050 Hz it is 32 samples of the input, at most 3 ms.
 */
const HALF_SAMPLES = 32;
const HALF_SECONDS_AT_MOST = 0.003;
/** Kaiser window of 85 dB; the transition width follows from it (Kaiser 1974: N = (A − 7.95) / 14.36 Δf). */
const STOP_DB = 85;
const KAISER_BETA = 0.1102 * (STOP_DB - 8.7);
/** Largest table of coefficients. Rates with little in common with 22 050 use the nearest of fewer phases, at 80 dB. */
const MOST_COEFFICIENTS = 2 ** 21;

/**
 * Windowed-sinc, polyphase by the exact ratio. Output sample n belongs to time n / 22 050 s when input sample 0
 * belongs to time 0: the filter's delay is taken out, so the output ends `lookaheadSeconds` before the input does.
 * Results do not depend on how the input was cut into blocks. At 22 050 Hz mono the samples pass unchanged.
 * Realtime-safe once the largest block has been seen: push() then allocates nothing but the view it returns.
 */
export class Resampler {
  /** Future input an output sample waits for. */
  readonly lookaheadSeconds: number;
  private readonly mixer: MonoMixer;
  /** Output n lies at input n × up / down … kept as whole numbers: `position` plus `phase` / up. */
  private readonly up: number;
  private readonly down: number;
  private readonly half: number;
  private readonly bank: FilterBank | undefined;
  /** Mono input; history[0] is input sample `historyStart`. */
  private history: Float32Array;
  private historyStart: number;
  private held: number;
  private position = 0;
  private phase = 0;
  private output = new Float32Array(0);

  constructor(private readonly options: ResamplerOptions) {
    const { sampleRateHz } = options;
    this.mixer = new MonoMixer(options);
    const divisor = greatestCommonDivisor(sampleRateHz, MODEL_RATE_HZ);
    this.up = MODEL_RATE_HZ / divisor;
    this.down = sampleRateHz / divisor;
    this.half = sampleRateHz === MODEL_RATE_HZ ? 0 : halfLength(sampleRateHz);
    this.bank = this.half === 0 ? undefined : designBank({ sampleRateHz, half: this.half, up: this.up });
    this.lookaheadSeconds = this.half / sampleRateHz;
    // Silence before the first sample.
    this.history = new Float32Array(4 * this.half);
    this.historyStart = -2 * this.half;
    this.held = 2 * this.half;
  }

  /** Feed whole sample frames; returns the mono samples that are complete. The view is valid until the next call. */
  push(samples: Float32Array): Float32Array {
    const count = samples.length / this.options.audioChannels;
    this.makeRoom(count);
    this.mixer.mix(samples, this.history, this.held);
    this.held += count;
    return this.drain();
  }

  /** The end of the stream: what was still waiting for future input, which is taken as silence. */
  flush(): Float32Array {
    this.makeRoom(this.half);
    this.history.fill(0, this.held, this.held + this.half);
    this.held += this.half;
    return this.drain();
  }

  /**
   * `lostSamples` sample frames of input are missing here. Returns how many output samples are missing for it; the
   * next output keeps its exact place in time.
   */
  skip(lostSamples: number): number {
    const resumeAt = this.historyStart + this.held + lostSamples;
    const { position, phase } = this;
    // The first output at or after the first new sample.
    const outputs = Math.ceil(((resumeAt - position) * this.up - phase) / this.down);
    this.advance(Math.max(0, outputs));
    this.history.fill(0);
    this.held = 2 * this.half;
    this.historyStart = resumeAt - this.held;
    return Math.max(0, outputs);
  }

  private drain(): Float32Array {
    const end = this.historyStart + this.held;
    const { bank, half } = this;
    // Output at position p needs the input up to and with p + half (p alone when there is no filter).
    const most = Math.max(0, Math.ceil(((end - half - this.position) * this.up) / this.down) + 1);
    if (this.output.length < most) this.output = new Float32Array(most);
    let count = 0;
    while (this.position + half < end) {
      const at = this.position - this.historyStart;
      this.output[count++] = bank
        ? bank.apply(this.history, at - half + 1, this.phase / this.up)
        : (this.history[at] as number);
      this.advance(1);
    }
    return this.output.subarray(0, count);
  }

  private advance(outputs: number): void {
    const total = this.phase + outputs * this.down;
    this.position += Math.floor(total / this.up);
    this.phase = total % this.up;
  }

  /** Drop what no output needs any more, and grow when a block is larger than any before. */
  private makeRoom(count: number): void {
    const unneeded = Math.min(this.held, this.position - this.half + 1 - this.historyStart);
    if (unneeded > 0) {
      this.history.copyWithin(0, unneeded, this.held);
      this.held -= unneeded;
      this.historyStart += unneeded;
    }
    if (this.history.length >= this.held + count) return;
    const larger = new Float32Array(2 * (this.held + count));
    larger.set(this.history.subarray(0, this.held));
    this.history = larger;
  }
}

/** Sets of coefficients, one per fraction of an input sample at which an output can lie. */
class FilterBank {
  constructor(
    private readonly taps: number,
    private readonly phases: number,
    private readonly coefficients: Float32Array,
  ) {}

  /** Output at `fraction` of a sample behind the middle of the `taps` inputs from `from`. */
  apply(input: Float32Array, from: number, fraction: number): number {
    const start = Math.round(fraction * this.phases) * this.taps;
    let sum = 0;
    for (let i = 0; i < this.taps; i++) sum += (input[from + i] as number) * (this.coefficients[start + i] as number);
    return sum;
  }
}

function halfLength(sampleRateHz: number): number {
  const seconds = Math.max(HALF_SAMPLES / MODEL_RATE_HZ, Math.min(HALF_SECONDS_AT_MOST, HALF_SAMPLES / sampleRateHz));
  return Math.round(seconds * sampleRateHz);
}

function designBank(design: { sampleRateHz: number; half: number; up: number }): FilterBank {
  const { sampleRateHz, half } = design;
  const taps = 2 * half;
  const phases = Math.min(design.up, Math.floor(MOST_COEFFICIENTS / taps));
  // Down: −6 dB at 11 025 Hz. Up: at half the input's rate, below which everything is wanted.
  const cutoff = Math.min(MODEL_RATE_HZ, sampleRateHz) / 2 / sampleRateHz;
  // One set more, for fractions that round up to a whole sample.
  const coefficients = new Float32Array((phases + 1) * taps);
  for (let phase = 0; phase <= phases; phase++) {
    fillPhase(coefficients.subarray(phase * taps, (phase + 1) * taps), { half, cutoff, fraction: phase / phases });
  }
  return new FilterBank(taps, phases, coefficients);
}

/** Each set is normalised to pass a constant unchanged. `cutoff` in cycles per input sample. */
function fillPhase(set: Float32Array, at: { half: number; cutoff: number; fraction: number }): void {
  const { half, cutoff, fraction } = at;
  let sum = 0;
  for (let i = 0; i < set.length; i++) {
    const distance = i - (half - 1) - fraction;
    const value = 2 * cutoff * sinc(2 * cutoff * distance) * kaiser(distance / half);
    set[i] = value;
    sum += value;
  }
  for (let i = 0; i < set.length; i++) set[i] = (set[i] as number) / sum;
}

function sinc(x: number): number {
  return x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x);
}

/** Kaiser window over [−1, 1]. */
function kaiser(x: number): number {
  if (Math.abs(x) >= 1) return 0;
  return besselI0(KAISER_BETA * Math.sqrt(1 - x * x)) / KAISER_PEAK;
}

/** Modified Bessel function of the first kind, order 0, by its power series. */
function besselI0(x: number): number {
  let term = 1;
  let sum = 1;
  for (let k = 1; term > sum * 1e-17; k++) {
    term *= (x / (2 * k)) ** 2;
    sum += term;
  }
  return sum;
}

const KAISER_PEAK = besselI0(KAISER_BETA);

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}
