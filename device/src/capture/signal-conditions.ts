/** Blocks of samples into what is wrong with the input and a person can put right: silence, clipping, DC, mains hum. Pure. */
import type { SampleBlock } from "./audio-source.js";
import { HumDetector } from "./hum-detector.js";

export type SignalCondition = "silence" | "clipping" | "dc-offset" | "hum";

export interface SignalReport {
  conditions: SignalCondition[];
  /** Of the last whole second, all channels together, dB relative to a full-scale sine; −120 for nothing. */
  rmsDb: number;
  /** Largest value of the last whole second, dB relative to full scale. */
  peakDb: number;
  /** Mean of the last whole second, full scale ±1, of the worst channel. */
  dcOffset: number;
  /** Mains frequency of the hum, 0 when there is none. */
  humHz: number;
}

/** Seconds in a row before a condition is said, and before it is taken back; a level between the two keeps the state. */
const RULES: Record<SignalCondition, { onAfter: number; offAfter: number }> = {
  silence: { onAfter: 3, offAfter: 1 },
  clipping: { onAfter: 2, offAfter: 10 },
  "dc-offset": { onAfter: 3, offAfter: 3 },
  hum: { onAfter: 4, offAfter: 3 },
};
/** A socket with nothing in it is below −65 dB; a room with people talking is above −60. */
const SILENCE_DB = { on: -65, off: -60 };
/** A converter that clips gives runs of one and the same largest value; single samples there are just loud. */
const CLIPPED = { level: 0.9998, run: 3, onShare: 0.001, offShare: 0.0001 };
const DC = { on: 0.02, off: 0.01 };
const FLOOR_DB = -120;

/** push() is realtime-safe: it does not allocate. Judged once per second of sound. */
export class SignalConditions {
  private readonly sums: Float64Array;
  private readonly squares: Float64Array;
  /** Length of the run of full-scale samples each channel is in. */
  private readonly runs: Int32Array;
  private readonly hum: HumDetector;
  private peak = 0;
  private clipped = 0;
  private seen = 0;
  private readonly switches = {
    silence: new Switch(RULES.silence),
    clipping: new Switch(RULES.clipping),
    "dc-offset": new Switch(RULES["dc-offset"]),
    hum: new Switch(RULES.hum),
  };
  private last: Omit<SignalReport, "conditions"> = { rmsDb: FLOOR_DB, peakDb: FLOOR_DB, dcOffset: 0, humHz: 0 };

  constructor(private readonly shape: { sampleRateHz: number; audioChannels: number }) {
    this.sums = new Float64Array(shape.audioChannels);
    this.squares = new Float64Array(shape.audioChannels);
    this.runs = new Int32Array(shape.audioChannels);
    this.hum = new HumDetector(shape.sampleRateHz);
  }

  /** Returns true when a condition came or went. */
  push({ samples }: Pick<SampleBlock, "samples">): boolean {
    const { audioChannels, sampleRateHz } = this.shape;
    let changed = false;
    for (let at = 0; at + audioChannels <= samples.length; at += audioChannels) {
      this.takeOne(samples, at);
      if (++this.seen >= sampleRateHz) changed = this.judge() || changed;
    }
    return changed;
  }

  /** What is wrong now, and the figures of the last second. Allocates. */
  report(): SignalReport {
    const conditions = (Object.keys(this.switches) as SignalCondition[]).filter((name) => this.switches[name].isOn);
    return { conditions, ...this.last, humHz: this.switches.hum.isOn ? this.last.humHz : 0 };
  }

  private takeOne(samples: Float32Array, at: number): void {
    let sum = 0;
    for (let channel = 0; channel < this.shape.audioChannels; channel++) {
      const value = samples[at + channel] as number;
      const size = Math.abs(value);
      sum += value;
      this.sums[channel] = (this.sums[channel] as number) + value;
      this.squares[channel] = (this.squares[channel] as number) + value * value;
      if (size > this.peak) this.peak = size;
      const run = size >= CLIPPED.level ? (this.runs[channel] as number) + 1 : 0;
      this.runs[channel] = run;
      if (run >= CLIPPED.run) this.clipped++;
    }
    this.hum.push(sum / this.shape.audioChannels);
  }

  private judge(): boolean {
    const { audioChannels } = this.shape;
    let power = 0;
    let dcOffset = 0;
    for (let channel = 0; channel < audioChannels; channel++) {
      const mean = (this.sums[channel] as number) / this.seen;
      power += ((this.squares[channel] as number) / this.seen - mean * mean) / audioChannels;
      if (Math.abs(mean) > Math.abs(dcOffset)) dcOffset = mean;
    }
    const rmsDb = toDb(Math.sqrt(Math.max(0, 2 * power)));
    const hum = this.hum.take();
    const clippedShare = this.clipped / (this.seen * audioChannels);
    const heard = rmsDb > SILENCE_DB.off;
    const { switches } = this;
    const changes = [
      switches.silence.see(rmsDb < SILENCE_DB.on, rmsDb > SILENCE_DB.off),
      switches.clipping.see(clippedShare > CLIPPED.onShare, clippedShare < CLIPPED.offShare),
      switches["dc-offset"].see(Math.abs(dcOffset) > DC.on, Math.abs(dcOffset) < DC.off),
      switches.hum.see(heard && hum.dominates, !heard || hum.isWeak),
    ];
    this.last = { rmsDb, peakDb: toDb(this.peak), dcOffset, humHz: hum.dominates ? hum.hz : this.last.humHz };
    this.sums.fill(0);
    this.squares.fill(0);
    this.seen = this.clipped = this.peak = 0;
    return changes.includes(true);
  }
}

/** On after so many seconds that say so, off after so many that say the opposite; what is between changes nothing. */
class Switch {
  isOn = false;
  private streak = 0;

  constructor(private readonly rule: { onAfter: number; offAfter: number }) {}

  /** Returns true when it changed. */
  see(on: boolean, off: boolean): boolean {
    this.streak = (this.isOn ? off : on) ? this.streak + 1 : 0;
    if (this.streak < (this.isOn ? this.rule.offAfter : this.rule.onAfter)) return false;
    this.isOn = !this.isOn;
    this.streak = 0;
    return true;
  }
}

function toDb(value: number): number {
  return Math.max(FLOOR_DB, 20 * Math.log10(Math.max(value, 1e-9)));
}
