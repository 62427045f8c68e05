/** Announcements, revisions and withdrawals into the beats that have fallen, as they stood at the end. Pure. */
import type { Beat, BeatPrediction } from "@tactus/shared";

/** Nothing about a beat comes later than this after it was due: seconds. */
const SETTLED_S = 0.1;
const MAX_OPEN = 1000;

interface OpenBeat {
  prediction: BeatPrediction;
  /** Monotonic seconds: the wall clock may be set meanwhile. */
  dueAt: number;
}

export class HistoryCollector {
  readonly #open = new Map<string, OpenBeat>();

  /** `now`: monotonic seconds at arrival. */
  hear(prediction: BeatPrediction, now: number): void {
    const known = this.#open.get(prediction.beatId);
    if (known && known.prediction.rev > prediction.rev) return;
    if (!known && this.#open.size >= MAX_OPEN) return;
    this.#open.set(prediction.beatId, { prediction, dueAt: now + prediction.dueInMs / 1000 });
  }

  /** The beats that have fallen since the last call, in the order in which they fell. */
  take(now: number): Beat[] {
    const fallen = [...this.#open].filter(([, beat]) => beat.dueAt + SETTLED_S <= now);
    for (const [beatId] of fallen) this.#open.delete(beatId);
    return fallen
      .filter(([, { prediction }]) => prediction.state !== "withdrawn")
      .sort(([, a], [, b]) => a.dueAt - b.dueAt)
      .map(([, { prediction }]) => beatOf(prediction));
  }
}

function beatOf({ beatId, dueAtUs, beatInBar, beatsPerBar, bar, bpm, confidence, source }: BeatPrediction): Beat {
  return { beatId, atUs: dueAtUs, beatInBar, beatsPerBar, bar, bpm, confidence, source };
}
