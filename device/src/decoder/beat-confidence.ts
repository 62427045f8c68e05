/** Evidence so far into the probability that the next beat is right: a logistic map fitted by models/. Pure. */
import { FPS } from "../frontend/feature-frame.js";

const leak = (seconds: number): number => 1 / (seconds * FPS);
const LONG = leak(4);
const MIDDLE = leak(2);
const SHORT = leak(1.5);
const BOUND = 0.999;

const logit = (p: number): number => {
  const q = Math.min(BOUND, Math.max(1 - BOUND, p));
  return Math.log(q / (1 - q));
};

export class BeatConfidence {
  private long = 0;
  private short = 0;
  /** Activation found at the beats announced so far, leaky. */
  private hits = 0.3;
  private readonly recent = new Float32Array(5);
  private pending = -1;
  /** Leaky mean over 2 s, nats per second. */
  evidencePerSecond = 0;

  constructor(private readonly weights: Record<string, number>) {}

  reset(): void {
    this.long = 0;
    this.short = 0;
    this.hits = 0.3;
    this.evidencePerSecond = 0;
  }

  /** One frame: its evidence in nats and its beat activation. */
  hear(evidence: number, beat: number, frame: number): void {
    const rate = evidence * FPS;
    this.long += LONG * (rate - this.long);
    this.short += SHORT * (rate - this.short);
    this.evidencePerSecond += MIDDLE * (rate - this.evidencePerSecond);
    this.recent[frame % this.recent.length] = beat;
    if (this.pending >= 0 && --this.pending < 0) this.hits += 0.2 * (Math.max(...this.recent) - this.hits);
  }

  /** The hypothesis passed a beat: two frames on, look at the activation around it. */
  beatPassed(): void {
    this.pending = 2;
  }

  /** Probability that the next beat falls within ±70 ms of where it is expected, given the hypothesis's share. */
  of(mass: number): number {
    const w = (name: string): number => this.weights[name] ?? 0;
    const score =
      w("bias") + w("mass") * logit(mass) + w("long") * this.long + w("short") * this.short + w("hits") * this.hits;
    return 1 / (1 + Math.exp(-score));
  }

  /** The features behind of(), for fitting. */
  features(mass: number): Record<string, number> {
    return { mass: logit(mass), long: this.long, short: this.short, hits: this.hits };
  }
}
