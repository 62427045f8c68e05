/** What a player says of its progress into the moment each of its samples is heard. Pure. */

/**
 * Each reading says: at this moment, sample time T is heard. Readings reach us late and never early, so the earliest
 * start they imply is the right one.
 */
export class PlaybackClock {
  private startedAt = Number.POSITIVE_INFINITY;
  readings = 0;

  /** `readAt`: monotonic seconds; `heard`: seconds of the track that have been heard by then, 0 = not begun. */
  observe(readAt: number, heard: number): void {
    if (heard <= 0) return;
    this.readings++;
    this.startedAt = Math.min(this.startedAt, readAt - heard);
  }

  /** Monotonic seconds at which the track's second `time` was heard; undefined while nothing is known. */
  timeOf(time: number): number | undefined {
    return Number.isFinite(this.startedAt) ? this.startedAt + time : undefined;
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
