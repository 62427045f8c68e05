/** A steady tempo into cues for one output, each once, `leadS` ahead of its time. */
import type { BeatCue, Output, OutputContext } from "../src/outputs/output.js";

export const monotonic = () => performance.now() / 1000;

/** What an output is given, with its log kept. */
export function testContext(stateDir: string): OutputContext & { lines: string[] } {
  const lines: string[] = [];
  const say = (text: string) => {
    lines.push(text);
  };
  return {
    name: "test",
    now: monotonic,
    log: { info: say, warn: say },
    stateDir,
    dmx: { universes: [], render: () => {}, beat: () => {}, channels: () => new Uint8Array(512) },
    lines,
  };
}

export interface Tune {
  bpm: number;
  beatsPerBar?: number;
  confidence?: number;
  /** 0 = beats, no downbeats. */
  firstBeatInBar?: number;
}

export class Conductor {
  readonly #output: Output;
  readonly #tune: Required<Tune>;
  readonly #startAt: number;
  #timer: NodeJS.Timeout | undefined;
  #index = 0;

  constructor(output: Output, tune: Tune) {
    this.#output = output;
    this.#tune = { beatsPerBar: 4, confidence: 0.9, firstBeatInBar: 1, ...tune };
    this.#startAt = monotonic() + 0.4;
  }

  start(): this {
    this.#output.mode("following");
    this.#schedule();
    return this;
  }

  stop(): void {
    clearTimeout(this.#timer);
  }

  /** When beat `index` is due, seconds of `monotonic`. */
  timeOf(index: number): number {
    return this.#startAt + (index * 60) / this.#tune.bpm;
  }

  /** Where in the bar the tune is at `at`, beats from the downbeat, [0, beatsPerBar). */
  barPhaseAt(at: number): number {
    const { bpm, beatsPerBar, firstBeatInBar } = this.#tune;
    const beats = ((at - this.#startAt) * bpm) / 60 + Math.max(0, firstBeatInBar - 1);
    return ((beats % beatsPerBar) + beatsPerBar) % beatsPerBar;
  }

  #schedule(): void {
    const wait = this.timeOf(this.#index) - this.#output.leadS - monotonic();
    this.#timer = setTimeout(() => {
      this.#output.beat(this.#cue(this.#index));
      this.#index += 1;
      this.#schedule();
    }, wait * 1000);
  }

  #cue(index: number): BeatCue {
    const { bpm, beatsPerBar, confidence, firstBeatInBar } = this.#tune;
    const number = firstBeatInBar === 0 ? 0 : ((firstBeatInBar - 1 + index) % beatsPerBar) + 1;
    const at = this.timeOf(index);
    return {
      beatId: `test-${index}`,
      dueAt: at,
      fireAt: at,
      beatInBar: number,
      beatsPerBar,
      bar: Math.floor(index / beatsPerBar) + 1,
      bpm,
      confidence,
      energy: { low: 0.5, mid: 0.5, high: 0.5 },
      source: "announced",
    };
  }
}

/** Until `holds`, looked at every 50 ms; fails after `seconds`. */
export async function until(what: string, holds: () => boolean, seconds = 20): Promise<void> {
  const end = monotonic() + seconds;
  while (!holds()) {
    if (monotonic() > end) throw new Error(`Not within ${seconds} s: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
