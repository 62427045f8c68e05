/** An even row of beats in stream time, and the steps of a rig's clock along it. Pure. */

export interface Timeline {
  /** Stream seconds of one of its beats. */
  anchor: number;
  /** Seconds between neighbours. */
  spacing: number;
}

/** No beat follows another sooner than this share of the period. */
const CLOSEST = 0.6;

/** The beat of the row nearest to `time`. */
export function nearest(row: Timeline, time: number): number {
  return row.anchor + row.spacing * Math.round((time - row.anchor) / row.spacing);
}

/** The first beat of the row at or after `time`. */
export function firstFrom(row: Timeline, time: number): number {
  return row.anchor + row.spacing * Math.ceil((time - row.anchor) / row.spacing - 1e-9);
}

/**
 * The beat after `last` when beats are `period` apart and must lie on the row: the one nearest to last + period,
 * but never closer than 0.6 periods.
 */
export function following(row: Timeline, last: number, period: number): number {
  const next = nearest(row, last + period);
  return next >= last + CLOSEST * period ? next : firstFrom(row, last + CLOSEST * period);
}
