/** Grid events of one file into text: the beats as they stood when they froze, or every event as it was sent. Pure. */
import type { GridEvent } from "./grid/grid-event.js";

export const TRACK_FORMATS = ["beats", "jsonl"] as const;
export type TrackFormat = (typeof TRACK_FORMATS)[number];

/** Decisions fall on hops, whose times are sums of fractions: seconds. */
const ROUNDING = 1e-6;

export interface TrackOutputOptions {
  format: TrackFormat;
  freezeMs: number;
  /** Named in each line of JSON, where several files go into one stream. */
  file?: string | undefined;
}

export class TrackOutput {
  readonly #options: TrackOutputOptions;
  readonly #events: GridEvent[] = [];

  constructor(options: TrackOutputOptions) {
    this.#options = options;
  }

  add(event: GridEvent): void {
    this.#events.push(event);
  }

  /** `duration`: of the file, seconds. What would fall after it did not happen. */
  text(duration: number): string {
    const lines = this.#options.format === "jsonl" ? this.#sent(duration) : this.#frozen(duration);
    return lines.map((line) => `${line}\n`).join("");
  }

  /** A beat that was printed and then moved behind the end of the file is withdrawn. */
  #sent(duration: number): string[] {
    const printed = new Set<string>();
    const lines: string[] = [];
    for (const event of this.#events) {
      const isInFile = event.time >= 0 && event.time <= duration;
      if (!isInFile && !printed.has(event.beatId)) continue;
      printed.add(event.beatId);
      lines.push(this.#json(isInFile ? event : { ...event, state: "withdrawn" }));
    }
    return lines;
  }

  #frozen(duration: number): string[] {
    const freeze = this.#options.freezeMs / 1000;
    const frozen = new Map<string, GridEvent>();
    for (const event of this.#events) {
      if (event.announcedAt <= event.time - freeze + ROUNDING) frozen.set(event.beatId, event);
    }
    return [...frozen.values()]
      .filter(({ state, time }) => state !== "withdrawn" && time >= 0 && time <= duration)
      .sort((a, b) => a.time - b.time)
      .map(({ time, beatInBar }) => `${time.toFixed(3)}\t${beatInBar}`);
  }

  #json({ beatId, rev, state, time, beatInBar, announcedAt, bpm, confidence }: GridEvent): string {
    const { file } = this.#options;
    return JSON.stringify({
      ...(file === undefined ? {} : { file }),
      beatId,
      rev,
      state,
      time: round(time, 1e4),
      beatInBar,
      announcedAt: round(announcedAt, 1e4),
      bpm: round(bpm, 1e2),
      confidence: round(confidence, 1e4),
    });
  }
}

const round = (value: number, perUnit: number): number => Math.round(value * perUnit) / perUnit;
