/** Samples into the trouble of the input that a person can put right: silence, clipping, DC, hum, gaps. Pure. */
import type { StatusMessage } from "@tactus/shared";

export type Condition = StatusMessage["conditions"][number];

const SAMPLE_RATE_HZ = 22_050;
/** Judged once per second of sound. */
const WINDOW = SAMPLE_RATE_HZ;
/** A cable that is not plugged in is below; the quietest music is above. dB relative to full scale. */
const SILENCE_DB = -65;
const FULL_SCALE = 0.9985;
/** Share of samples at full scale that is heard as distortion. */
const CLIPPED_SHARE = 0.0005;
const DC_OFFSET = 0.02;
/** Share of the power at the mains frequency and its double that leaves little of the music. */
const HUM_SHARE = 0.7;
const HUM_PAIRS_HZ = [
  [50, 100],
  [60, 120],
] as const;
/** Seconds in a row before it is said; and windows without it before it is taken back. */
const PATIENCE: Record<"silence" | "clipping" | "dc-offset" | "hum", number> = {
  silence: 10,
  clipping: 2,
  "dc-offset": 3,
  hum: 5,
};
const FORGET_AFTER = 3;
const XRUN_REMEMBERED = 10;

type Watched = keyof typeof PATIENCE;

/** block() is realtime-safe: no allocation; 4 multiplications per sample for the hum. */
export class ConditionWatch {
  readonly #tones = HUM_PAIRS_HZ.map((pair) => pair.map((hz) => new Tone(hz)));
  readonly #streaks = new Map<Watched, { bad: number; good: number; present: boolean }>();
  #samples = 0;
  #sum = 0;
  #squares = 0;
  #rawSamples = 0;
  #clipped = 0;
  #windows = 0;
  #xrunAt = Number.NEGATIVE_INFINITY;

  constructor() {
    for (const name of Object.keys(PATIENCE)) this.#streaks.set(name as Watched, { bad: 0, good: 0, present: false });
  }

  /** `raw`: as the source gave it, any channels and rate. `mono`: the same at 22 050 Hz. */
  block(raw: Float32Array, mono: Float32Array): void {
    this.#rawSamples += raw.length;
    for (let k = 0; k < raw.length; k++) if (Math.abs(raw[k] as number) >= FULL_SCALE) this.#clipped++;
    for (let k = 0; k < mono.length; k++) {
      const value = mono[k] as number;
      this.#sum += value;
      this.#squares += value * value;
      for (const pair of this.#tones) for (const tone of pair) tone.add(value);
      if (++this.#samples === WINDOW) this.#judge();
    }
  }

  /** Sound was lost just now. */
  xrun(): void {
    this.#xrunAt = this.#windows;
  }

  /** What is wrong now. Allocates. */
  present(): Condition[] {
    const found: Condition[] = [...this.#streaks].filter(([, streak]) => streak.present).map(([name]) => name);
    if (this.#windows - this.#xrunAt <= XRUN_REMEMBERED) found.push("xrun");
    return found;
  }

  #judge(): void {
    const mean = this.#sum / WINDOW;
    const power = this.#squares / WINDOW - mean * mean;
    const loud = 10 * Math.log10(Math.max(power, 1e-20)) > SILENCE_DB;
    const hum = this.#tones.map((pair) => pair.reduce((total, tone) => total + tone.takePower(), 0));
    this.#note("silence", !loud);
    this.#note("clipping", this.#clipped > this.#rawSamples * CLIPPED_SHARE);
    this.#note("dc-offset", Math.abs(mean) > DC_OFFSET);
    this.#note("hum", loud && Math.max(...hum) > power * HUM_SHARE);
    this.#windows++;
    this.#samples = this.#sum = this.#squares = this.#rawSamples = this.#clipped = 0;
  }

  #note(name: Watched, bad: boolean): void {
    const streak = this.#streaks.get(name);
    if (!streak) return;
    streak.bad = bad ? streak.bad + 1 : 0;
    streak.good = bad ? 0 : streak.good + 1;
    if (streak.bad >= PATIENCE[name]) streak.present = true;
    if (streak.good >= FORGET_AFTER) streak.present = false;
  }
}

/** Goertzel: the power of one frequency over a window of a second. */
class Tone {
  readonly #coefficient: number;
  #previous = 0;
  #beforePrevious = 0;

  constructor(hz: number) {
    this.#coefficient = 2 * Math.cos((2 * Math.PI * hz) / SAMPLE_RATE_HZ);
  }

  add(value: number): void {
    const next = value + this.#coefficient * this.#previous - this.#beforePrevious;
    this.#beforePrevious = this.#previous;
    this.#previous = next;
  }

  takePower(): number {
    const [a, b] = [this.#previous, this.#beforePrevious];
    this.#previous = this.#beforePrevious = 0;
    return (2 * (a * a + b * b - this.#coefficient * a * b)) / (WINDOW * WINDOW);
  }
}
