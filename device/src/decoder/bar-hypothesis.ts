/** Posterior over the bar into the number of the next beat, given when that beat falls. Pure. */
import type { BarPointerFilter } from "./bar-pointer-filter.js";
import type { Cluster } from "./beat-hypothesis.js";

const SWITCH_RATIO = 1.5;
/** Filter frames for which another numbering must be the better one before it is taken. */
const SWITCH_FRAMES = 20;

export interface BarPlace {
  /** Number of the next beat, 1 = downbeat; 0 = unknown. */
  beatInBar: number;
  beatsPerBar: number;
  /** Share of the posterior at this beat that agrees. */
  mass: number;
}

export class BarHypothesis {
  private readonly places: { beatInBar: number; beatsPerBar: number }[];
  private readonly share: Float64Array;
  private doubt = 0;
  private current = -1;

  constructor(private readonly filter: BarPointerFilter) {
    this.places = Array.from({ length: filter.rings }, (_, ring) => {
      const { beatsPerBar, beat } = filter.place(ring);
      return { beatsPerBar, beatInBar: ((beat + 1) % beatsPerBar) + 1 };
    });
    this.share = new Float64Array(filter.rings);
  }

  reset(): void {
    this.current = -1;
    this.doubt = 0;
  }

  /** The beat that was next has fallen: the hypothesis moves on to the one after it. */
  beatPassed(): void {
    if (this.current < 0) return;
    const { beatsPerBar, beatInBar } = this.places[this.current] as { beatsPerBar: number; beatInBar: number };
    const next = (beatInBar % beatsPerBar) + 1;
    this.current = this.places.findIndex((p) => p.beatsPerBar === beatsPerBar && p.beatInBar === next);
  }

  /** `frames` filter frames went by: read the bar posterior around the beat hypothesis. */
  update(next: Cluster, frames: number): BarPlace {
    const total = this.gather(next);
    let best = 0;
    for (let ring = 1; ring < this.share.length; ring++) {
      if ((this.share[ring] as number) > (this.share[best] as number)) best = ring;
    }
    if (this.current < 0) {
      this.current = best;
    } else if ((this.share[best] as number) > SWITCH_RATIO * (this.share[this.current] as number)) {
      this.doubt += frames;
      if (this.doubt >= SWITCH_FRAMES) {
        this.current = best;
        this.doubt = 0;
      }
    } else {
      this.doubt = 0;
    }
    const place = this.places[this.current] as { beatsPerBar: number; beatInBar: number };
    return { ...place, mass: total > 0 ? (this.share[this.current] as number) / total : 0 };
  }

  /** share[ring] = mass of the states of a ring whose next beat is the hypothesis's. */
  private gather(next: Cluster): number {
    const { intervals } = this.filter;
    const span = Math.floor(0.12 * next.interval);
    const centre = Math.round(next.remaining);
    let total = 0;
    this.share.fill(0);
    for (let ring = 0; ring < this.share.length; ring++) {
      let sum = 0;
      for (let i = 0; i < intervals.length; i++) {
        const n = intervals[i] as number;
        if (Math.abs(n - next.interval) > 0.1 * next.interval) continue;
        for (let remaining = centre - span; remaining <= centre + span; remaining++) {
          if (remaining >= 1 && remaining <= n) sum += this.filter.at(ring, i, n - remaining);
        }
      }
      this.share[ring] = sum;
      total += sum;
    }
    return total;
  }
}
