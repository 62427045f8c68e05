/** The beats that were found in a clip against those expected: the share that agrees. Pure. */

export interface ClipBeat {
  /** Seconds in the clip. */
  time: number;
  /** 1 = downbeat, 0 = unknown. */
  beatInBar: number;
}

/** Share of all beats, expected and found, that have a partner within the tolerance and at the same place in the bar, [0, 1]. */
export function beatAgreement(
  expected: readonly ClipBeat[],
  found: readonly ClipBeat[],
  { toleranceMs }: { toleranceMs: number },
): number {
  const free = new Set(found);
  const isSame = (a: ClipBeat, b: ClipBeat) =>
    Math.abs(a.time - b.time) * 1000 <= toleranceMs + 0.5 && a.beatInBar === b.beatInBar; // written to the millisecond
  let pairs = 0;
  for (const beat of expected) {
    const partner = [...free].find((candidate) => isSame(beat, candidate));
    if (!partner) continue;
    free.delete(partner);
    pairs++;
  }
  const all = expected.length + found.length;
  return all === 0 ? 1 : (2 * pairs) / all;
}
