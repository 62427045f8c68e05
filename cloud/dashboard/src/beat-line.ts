/** Announcements of one room into what falls when: the beat that fell last, where in the bar we are, what comes. */
import type { BeatPrediction, GridMessage } from "@tactus/shared";

/** A beat as last announced, in cloud time. */
export interface LineBeat {
  id: string;
  rev: number;
  dueUs: number;
  /** 1 = downbeat, 0 = unknown. */
  beatInBar: number;
  beatsPerBar: number;
  bar: number;
  bpm: number;
  confidence: number;
}

export interface BarPosition {
  beat: LineBeat;
  /** Part of the way to the next beat, [0, 1]. */
  phase: number;
}

/** How long fallen beats are kept for the strip. */
const KEPT_US = 8_000_000;
/** So many periods after the last beat nothing is believed any more. */
const MAX_WAIT_PERIODS = 1.6;
/** A grid beat this close to an announced one is the same, in periods. */
const SAME_BEAT_PERIODS = 0.3;

export class BeatLine {
  /** By due time. */
  #beats: LineBeat[] = [];
  #grid: { anchorUs: number; periodUs: number; beatInBar: number; beatsPerBar: number; untilUs: number } | undefined;

  /** `skewUs` turns the device's stamps into cloud time. */
  announce(prediction: BeatPrediction, skewUs: number): void {
    const { beatId: id, rev, state, dueAtUs, beatInBar, beatsPerBar, bar, bpm, confidence } = prediction;
    const known = this.#beats.find((beat) => beat.id === id);
    if (known && known.rev > rev) return;
    const dueUs = dueAtUs + skewUs;
    const others = this.#beats.filter((beat) => beat.id !== id && beat.dueUs > dueUs - KEPT_US);
    if (state !== "withdrawn") others.push({ id, rev, dueUs, beatInBar, beatsPerBar, bar, bpm, confidence });
    this.#beats = others.sort((a, b) => a.dueUs - b.dueUs);
  }

  setGrid(grid: GridMessage, skewUs: number): void {
    const { anchorUs, period, beatInBar, beatsPerBar, validUntilUs } = grid;
    const untilUs = validUntilUs + skewUs;
    this.#grid = grid.running
      ? { anchorUs: anchorUs + skewUs, periodUs: period * 1_000_000, beatInBar, beatsPerBar, untilUs }
      : undefined;
  }

  /** The beat that fell last, however long ago. */
  fallen(nowUs: number): LineBeat | undefined {
    return this.#beats.findLast((beat) => beat.dueUs <= nowUs);
  }

  /** Undefined: no beat has fallen lately, the room is at rest. */
  position(nowUs: number): BarPosition | undefined {
    const beat = this.fallen(nowUs);
    if (!beat) return undefined;
    const next = this.#beats.find((other) => other.dueUs > nowUs);
    const expectedUs = 60_000_000 / beat.bpm;
    const untilNextUs = next && next.dueUs - beat.dueUs < 2 * expectedUs ? next.dueUs - beat.dueUs : expectedUs;
    const sinceUs = nowUs - beat.dueUs;
    if (sinceUs > expectedUs * MAX_WAIT_PERIODS) return undefined;
    return { beat, phase: Math.min(1, sinceUs / untilNextUs) };
  }

  /** Announced beats, fallen or coming, in order. */
  between(fromUs: number, toUs: number): LineBeat[] {
    return this.#beats.filter((beat) => beat.dueUs >= fromUs && beat.dueUs < toUs);
  }

  /** Beats the grid expects that nobody has announced yet. */
  expected(fromUs: number, toUs: number): { dueUs: number; beatInBar: number }[] {
    const grid = this.#grid;
    if (!grid || grid.periodUs <= 0 || grid.untilUs < fromUs) return [];
    const { anchorUs, periodUs, beatInBar, beatsPerBar } = grid;
    const found: { dueUs: number; beatInBar: number }[] = [];
    for (let step = Math.ceil((fromUs - anchorUs) / periodUs); anchorUs + step * periodUs < toUs; step++) {
      const dueUs = anchorUs + step * periodUs;
      if (this.#isAnnounced(dueUs, periodUs)) continue;
      found.push({ dueUs, beatInBar: placeAfter(beatInBar, beatsPerBar, step) });
    }
    return found;
  }

  #isAnnounced(dueUs: number, periodUs: number): boolean {
    return this.#beats.some((beat) => Math.abs(beat.dueUs - dueUs) < periodUs * SAME_BEAT_PERIODS);
  }
}

function placeAfter(beatInBar: number, beatsPerBar: number, steps: number): number {
  if (beatInBar < 1) return 0;
  const place = (beatInBar - 1 + steps) % beatsPerBar;
  return (place < 0 ? place + beatsPerBar : place) + 1;
}

/** Phase of the grid's beat at an instant, [0, 1), or undefined when it does not run. For lists, where no beats come. */
export function gridPhase(grid: GridMessage | null, skewUs: number, nowUs: number): number | undefined {
  if (!grid?.running || grid.period <= 0) return undefined;
  const beats = (nowUs - grid.anchorUs - skewUs) / (grid.period * 1_000_000);
  return beats - Math.floor(beats);
}
