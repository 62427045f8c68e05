/** What a player says of its progress into the moment each of its samples is heard. Pure. */

/** Readings this near, seconds of the track, speak for a moment. A player that starved in between is later from there on. */
const NEAR_SECONDS = 0.4;

/**
 * Each reading says: at this moment, second T of the track is heard. Readings reach us late and never early, so of
 * those around a moment the one that implies the earliest start is right.
 */
export class PlaybackClock {
  private readonly list: { heard: number; startedAt: number }[] = [];

  get readings(): number {
    return this.list.length;
  }

  /** `readAt`: monotonic seconds; `heard`: seconds of the track that have been heard by then, 0 = not begun. */
  observe(readAt: number, heard: number): void {
    if (heard > 0) this.list.push({ heard, startedAt: readAt - heard });
  }

  /** Monotonic seconds at which the track's second `time` was heard; undefined while nothing near it is known. */
  timeOf(time: number): number | undefined {
    const near = this.list.filter(({ heard }) => Math.abs(heard - time) < NEAR_SECONDS);
    return near.length === 0 ? undefined : time + Math.min(...near.map(({ startedAt }) => startedAt));
  }
}

/** "Time: 0.165 sec; Latency: 44848 usec." of `pacat --verbose`: the newest playback time in `text`, seconds. */
export function parsePacatTime(text: string): number | undefined {
  const last = [...text.matchAll(/Time: (\d+\.\d+) sec/g)].at(-1);
  return last ? Number(last[1]) : undefined;
}

/**
 * /proc/asound/card…/pcm…p/sub…/status of a running playback: samples heard by now. What was written and is still
 * in the buffer or the card ("delay") has not been.
 */
export function parseAlsaHeard(status: string): number | undefined {
  if (!/state: RUNNING/.test(status)) return undefined;
  const field = (name: string) => Number(new RegExp(`^${name}\\s*: (-?\\d+)`, "m").exec(status)?.[1] ?? Number.NaN);
  const heard = field("appl_ptr") - field("delay");
  return Number.isNaN(heard) ? undefined : heard;
}
