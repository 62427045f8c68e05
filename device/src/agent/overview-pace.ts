/** Grid and tempo as hearing repeats them into the few that a fleet's overview needs while nobody looks at the room. Pure. */

/** Without a change, seconds. */
const REPEAT_S = 10;
/** A tempo that moved by more than this share is a change. */
const TEMPO_CHANGE = 0.01;

interface Sent {
  at: number;
  /** Everything but the numbers that move all the time. */
  facts: string;
  bpm: number;
}

export class OverviewPace {
  readonly #sent = new Map<string, Sent>();

  /** Is this message of topic `grid` or `tempo` news? `now`: monotonic seconds. One that cannot be read is. */
  isNews(leaf: "grid" | "tempo", payload: Buffer, now: number): boolean {
    const next = { at: now, ...essenceOf(payload) };
    const last = this.#sent.get(leaf);
    const isNews =
      !last ||
      now - last.at >= REPEAT_S ||
      last.facts !== next.facts ||
      Math.abs(next.bpm - last.bpm) > TEMPO_CHANGE * last.bpm;
    if (isNews) this.#sent.set(leaf, next);
    return isNews;
  }

  /** Whatever comes next is news: the other side has forgotten what there was. */
  forget(): void {
    this.#sent.clear();
  }
}

function essenceOf(payload: Buffer): { facts: string; bpm: number } {
  try {
    const {
      music,
      running,
      source,
      beatsPerBar,
      state,
      bpm = 0,
    } = JSON.parse(payload.toString()) as Record<string, never>;
    return { facts: JSON.stringify([music, running, source, beatsPerBar, state]), bpm: Number(bpm) };
  } catch {
    return { facts: payload.toString("hex"), bpm: 0 };
  }
}
