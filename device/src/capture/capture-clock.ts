/** When a sample was in the room: a sample counter fitted to the monotonic clock. Pure: time comes with the calls. */

export interface CaptureClockOptions {
  sampleRateHz: number;
  /**
   * Added to every time, milliseconds; found by `tactus calibrate`. Negative in practice: sound is in the room
   * before its samples have come through the card and the buffers. Default 0.
   */
  captureOffsetMs?: number;
}

/**
 * Samples arrive in blocks, never before they were captured and sometimes much later: the delay is one-sided.
 * So the clock is the line below all arrivals, not their mean. Arrivals are binned by their minimum; the line is
 * the edge of their lower convex hull under the middle of the last half minute, which minimises the summed
 * distance (the skew estimate of Moon, Skelly and Towsley, 1999). What timeOf() says follows that line by a bounded
 * slope, so that it never runs backwards and a beat never jumps.
 */
const BIN_SECONDS = 0.25;
const BINS = 120;
/** Below this span, seconds, the slope is not looked at: jitter, and beats between block sizes, would be taken for a rate error. */
const MIN_SLOPE_SPAN = 15;
/** Crystals are within ±200 ppm; the rest is for jitter. */
const MAX_SKEW = 300e-6;
/** How fast a wrong offset is put right: 2 % in the first seconds, when it is still found out, 0.2 % later. */
const SLEW = { young: 0.02, settled: 0.002, youngSeconds: 3 };
/** Blocks this much late for this long did not come late: samples are missing. */
const GAP = { seconds: 0.02, bins: 6 };
/** Arrivals this much before their time cannot be: the counter is wrong (samples repeated, a wrong rate). */
const EARLY_SECONDS = 0.1;
/** Observed this long, the first estimate is good enough to begin with. */
const READY_SECONDS = 0.2;

export class CaptureClock {
  private readonly rate: number;
  private readonly offset: number;
  private origin: { index: number; at: number } | undefined;
  /** x: seconds by the counter since the origin; residual: arrival minus that. */
  private readonly binX = new Float64Array(BINS);
  private readonly binResidual = new Float64Array(BINS);
  private bins = 0;
  private open = { end: 0, x: 0, residual: Number.POSITIVE_INFINITY };
  private lateBins = 0;
  /** What is told: residual at `from` plus slope. */
  private told = { from: 0, residual: 0, slope: 0 };
  private skew = 0;
  private newest = 0;

  constructor(options: CaptureClockOptions) {
    this.rate = options.sampleRateHz;
    this.offset = (options.captureOffsetMs ?? 0) / 1000;
  }

  /** True when enough arrivals were seen for timeOf() to be asked. */
  get ready(): boolean {
    return this.newest >= READY_SECONDS;
  }

  /** How much faster than its nominal rate the sound card runs against our clock, parts per million; 0 in the first 15 s. */
  get rateErrorPpm(): number {
    return -this.skew * 1e6;
  }

  /**
   * The block that ends before sample `endIndex` arrived at `arrivedAt` (monotonic seconds). Does not allocate.
   * Returns "gap" when samples must have been lost on the way (an xrun nobody told of): begin anew with a fresh clock.
   */
  observe(endIndex: number, arrivedAt: number): "ok" | "gap" {
    this.origin ??= { index: endIndex, at: arrivedAt };
    const x = (endIndex - this.origin.index) / this.rate;
    const residual = arrivedAt - this.origin.at - x;
    this.newest = Math.max(this.newest, x);
    if (!this.ready) this.told.residual = Math.min(this.told.residual, residual);
    if (x >= this.open.end && Number.isFinite(this.open.residual)) this.closeBin(x);
    if (residual < this.open.residual) {
      this.open.x = x;
      this.open.residual = residual;
    }
    return this.lateBins >= GAP.bins || residual < this.toldAt(x) - EARLY_SECONDS ? "gap" : "ok";
  }

  /** Monotonic seconds at which sample `index` was in the room. Only after `ready`. */
  timeOf(index: number): number {
    if (!this.origin) throw new Error("CaptureClock.timeOf() before the first observe()");
    const x = (index - this.origin.index) / this.rate;
    return this.origin.at + x + this.toldAt(x) + this.offset;
  }

  private toldAt(x: number): number {
    return this.told.residual + this.told.slope * (x - this.told.from);
  }

  private closeBin(x: number): void {
    if (this.bins === BINS) {
      this.binX.copyWithin(0, 1);
      this.binResidual.copyWithin(0, 1);
      this.bins--;
    }
    this.binX[this.bins] = this.open.x;
    this.binResidual[this.bins] = this.open.residual;
    this.bins++;
    this.lateBins = this.open.residual > this.toldAt(this.open.x) + GAP.seconds ? this.lateBins + 1 : 0;
    this.open.end = x + BIN_SECONDS;
    this.open.residual = Number.POSITIVE_INFINITY;
    this.follow(x);
  }

  /** Aim the told line at the fitted one, from where it is now. */
  private follow(x: number): void {
    const target = this.fit(x);
    const now = this.toldAt(x);
    const limit = x < SLEW.youngSeconds ? SLEW.young : SLEW.settled;
    const wanted = (target - now) / BIN_SECONDS + this.skew;
    this.told = { from: x, residual: now, slope: Math.min(limit, Math.max(-limit, wanted)) };
  }

  /** Residual of the line under all bins at `x`; sets `skew`. */
  private fit(x: number): number {
    const span = (this.binX[this.bins - 1] as number) - (this.binX[0] as number);
    if (span >= MIN_SLOPE_SPAN) {
      const slope = slopeOfLowerEnvelope(this.binX.subarray(0, this.bins), this.binResidual.subarray(0, this.bins));
      this.skew = Math.min(MAX_SKEW, Math.max(-MAX_SKEW, slope));
    }
    let lowest = Number.POSITIVE_INFINITY;
    for (let i = 0; i < this.bins; i++) {
      lowest = Math.min(lowest, (this.binResidual[i] as number) + this.skew * (x - (this.binX[i] as number)));
    }
    return lowest;
  }
}

/**
 * Slope of the lower hull's edge under the middle of the points, which come with rising `x`. O(n).
 * The hull is walked by Andrew's monotone chain in one reused stack.
 */
function slopeOfLowerEnvelope(x: Float64Array, y: Float64Array): number {
  let top = 0;
  for (let i = 0; i < x.length; i++) {
    while (top >= 2 && turn(x, y, hull[top - 2] as number, hull[top - 1] as number, i) <= 0) top--;
    hull[top++] = i;
  }
  let sum = 0;
  for (let i = 0; i < x.length; i++) sum += x[i] as number;
  const middle = sum / x.length;
  let edge = 1;
  while (edge < top - 1 && (x[hull[edge] as number] as number) < middle) edge++;
  const left = hull[edge - 1] as number;
  const right = hull[edge] as number;
  return ((y[right] as number) - (y[left] as number)) / ((x[right] as number) - (x[left] as number));
}

const hull = new Int32Array(BINS);

/** Positive when the way a → b → c turns left. */
function turn(x: Float64Array, y: Float64Array, a: number, b: number, c: number): number {
  const [ax, ay] = [x[a] as number, y[a] as number];
  return ((x[b] as number) - ax) * ((y[c] as number) - ay) - ((y[b] as number) - ay) * ((x[c] as number) - ax);
}
