/** Beat arithmetic: tempo and period, phase inside a beat and a bar. */

/** Beats per minute -> seconds per beat. */
export const periodOf = (bpm: number): number => 60 / bpm;

/** Seconds per beat -> beats per minute. */
export const bpmOf = (period: number): number => 60 / period;

/** Wrap any phase into [0, size). */
export function wrap(phase: number, size: number): number {
  const rest = phase % size;
  return rest < 0 ? rest + size : rest;
}

/**
 * Beat in the bar, 1…beatsPerBar, `steps` beats after one that was `beatInBar`.
 * `beatInBar` 0 (unknown) stays unknown.
 */
export function beatAfter(beatInBar: number, beatsPerBar: number, steps: number): number {
  if (beatInBar < 1 || beatsPerBar < 1) return 0;
  return wrap(beatInBar - 1 + steps, beatsPerBar) + 1;
}

/** Position in the bar in beats, [0, beatsPerBar), at `time` seconds, given one beat's time and number. */
export function barPhaseAt(
  time: number,
  beat: { time: number; beatInBar: number },
  grid: { period: number; beatsPerBar: number },
): number {
  return wrap(beat.beatInBar - 1 + (time - beat.time) / grid.period, grid.beatsPerBar);
}
