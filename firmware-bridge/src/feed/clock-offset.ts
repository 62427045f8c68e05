/** Time stamps of messages into the offset between a device's epoch clock and the bridge's monotonic one. Pure. */
import type { TimePong } from "@tactus/shared";

const PINGS_KEPT = 24;
const ARRIVALS_KEPT = 32;
/** A quick exchange that contradicts the offset by more than this shows that the device's clock was set: seconds. */
const STEP_BEYOND_S = 0.05;
/** A line is fitted when the exchanges span this long: seconds. */
const DRIFT_FROM_S = 30;
/** Quartz is better than this; what looks worse is noise. */
const MAX_DRIFT = 200e-6;
/** One-way delays above this, again and again, mean that the clock was set back: seconds. */
const LATE_BEYOND_S = 0.5;
const LATE_IN_A_ROW = 6;

/** Seconds to add to the bridge's monotonic time to get the device's epoch time, at one instant. */
interface Sample {
  at: number;
  offset: number;
  roundTrip: number;
}

export class ClockOffset {
  #pings: Sample[] = [];
  #line: { at: number; offset: number; drift: number } | undefined;
  #arrivals: number[] = [];
  #lateInARow = 0;

  /** `pingSentAtUs` of the pong is the bridge's own monotonic time. `receivedAt`: monotonic seconds. */
  hearPong(pong: TimePong, receivedAt: number): void {
    const sentAt = pong.pingSentAtUs / 1e6;
    const roundTrip = receivedAt - sentAt - (pong.sentAtUs - pong.receivedAtUs) / 1e6;
    if (!(roundTrip >= 0 && roundTrip < 5) || pong.sentAtUs < pong.receivedAtUs) return;
    const at = (sentAt + receivedAt) / 2;
    const sample = { at, roundTrip, offset: (pong.receivedAtUs + pong.sentAtUs) / 2e6 - at };
    const contradicts = this.#line && Math.abs(sample.offset - this.#offsetAt(at)) > roundTrip / 2 + STEP_BEYOND_S;
    this.#pings = contradicts ? [sample] : [...this.#pings.slice(1 - PINGS_KEPT), sample];
    this.#line = fit(quickHalf(this.#pings));
  }

  /** A message that says when it was sent came in: a bound for the offset, good enough until a ping is answered. */
  hearArrival(sentAtUs: number, receivedAt: number): void {
    const offset = sentAtUs / 1e6 - receivedAt; // smaller than the true one by the way's delay
    const best = Math.max(...this.#arrivals);
    this.#lateInARow = best - offset > LATE_BEYOND_S ? this.#lateInARow + 1 : 0;
    const setBack = this.#lateInARow >= LATE_IN_A_ROW;
    this.#arrivals = setBack ? [offset] : [...this.#arrivals.slice(1 - ARRIVALS_KEPT), offset];
    if (setBack) this.#lateInARow = 0;
  }

  /** Device epoch microseconds -> bridge monotonic seconds; undefined before anything was heard. */
  monotonicAt(epochUs: number, now: number): number | undefined {
    if (this.#line) return epochUs / 1e6 - this.#offsetAt(now);
    if (this.#arrivals.length === 0) return undefined;
    return epochUs / 1e6 - Math.max(...this.#arrivals);
  }

  /** Measured by an exchange, not only bounded by arrivals. */
  get isMeasured(): boolean {
    return this.#line !== undefined;
  }

  #offsetAt(at: number): number {
    return this.#line ? this.#line.offset + this.#line.drift * (at - this.#line.at) : 0;
  }
}

/** Exchanges that were not held up on their way. */
function quickHalf(samples: readonly Sample[]): Sample[] {
  const byDelay = [...samples].sort((a, b) => a.roundTrip - b.roundTrip);
  return byDelay.slice(0, Math.ceil(samples.length / 2)).sort((a, b) => a.at - b.at);
}

function fit(samples: readonly Sample[]): { at: number; offset: number; drift: number } | undefined {
  const [first, last] = [samples[0], samples.at(-1)];
  if (!first || !last) return undefined;
  const mean = (of: (sample: Sample) => number) => samples.reduce((sum, one) => sum + of(one), 0) / samples.length;
  const [at, offset] = [mean((one) => one.at), mean((one) => one.offset)];
  if (last.at - first.at < DRIFT_FROM_S) return { at: last.at, offset: median(samples), drift: 0 };
  const slope =
    mean((one) => (one.at - at) * (one.offset - offset)) /
    Math.max(
      1e-9,
      mean((one) => (one.at - at) ** 2),
    );
  return { at, offset, drift: Math.max(-MAX_DRIFT, Math.min(MAX_DRIFT, slope)) };
}

function median(samples: readonly Sample[]): number {
  const offsets = samples.map(({ offset }) => offset).sort((a, b) => a - b);
  return offsets[Math.floor(offsets.length / 2)] ?? 0;
}
