/**
 * The clocks of a session's batches into eras: stretches in which the box's date ran on undisturbed. A beat's date is the box's own
 * stamp plus the shift of its era; beats are filed under the monotonic clock, so that a clock put right moves none of them. Pure.
 */
import type { HistoryBatch } from "@tactus/shared";

export interface Era {
  /** Number within the session, from 0. */
  era: number;
  /** The box's date minus its monotonic clock, microseconds; 0 = the box has named no monotonic clock. */
  boxOffsetUs: number;
  /** Added to the box's stamps, microseconds. */
  shiftUs: number;
  /** How far off the dates may be, microseconds; 0 = not known. */
  uncertaintyUs: number;
  /** False while the dates are the box's word alone, which it says is not to be trusted. */
  isKnown: boolean;
}

/** What a batch says about the date. */
export interface ClockWord {
  boxOffsetUs: number;
  /** Undefined: nothing that helps. */
  known: { shiftUs: number; uncertaintyUs: number } | undefined;
}

export interface Placing {
  era: Era;
  isNew: boolean;
  /** Eras that were provisional until this batch, with the shift they have now. */
  settled: Era[];
}

/** The box's date has been set, not read late, when it moved by more than this: microseconds. */
const STEP_US = 1_000_000;
/** The same for the offset to the cloud. */
const SHIFT_STEP_US = 250_000;
/** How late the box may have read its monotonic clock: microseconds. */
const READING_US = 50_000;
const MINUTE_US = 60_000_000;

/** `batch` has beats. */
export function clockWordOf({ beats, clock }: HistoryBatch): ClockWord {
  const atUs = beats[0]?.atUs ?? 0;
  if (!clock) return { boxOffsetUs: 0, known: { shiftUs: 0, uncertaintyUs: 0 } };
  const { monotonicUs, offsetUs, uncertaintyUs, synchronised } = clock;
  const knows = synchronised || uncertaintyUs > 0;
  return {
    boxOffsetUs: atUs - monotonicUs,
    known: knows ? { shiftUs: synchronised ? 0 : offsetUs, uncertaintyUs } : undefined,
  };
}

/** Minute of the monotonic clock (of the date, without one) in which a beat of this batch fell. */
export function minuteOf({ beats, clock }: HistoryBatch, atUs: number): number {
  const toMonotonicUs = clock ? clock.monotonicUs - (beats[0]?.atUs ?? 0) : 0;
  return Math.floor((atUs + toMonotonicUs) / MINUTE_US);
}

/** Adds to `eras`, or changes one of them. */
export function placeBatch(eras: Era[], word: ClockWord): Placing {
  const found = eras.find((era) => suits(era, word));
  if (found) return { era: found, isNew: false, settled: !found.isKnown && word.known ? learn(eras, found, word) : [] };
  const unknown = { shiftUs: 0, uncertaintyUs: 0 };
  const era: Era = {
    ...{ era: eras.length, boxOffsetUs: word.boxOffsetUs, ...(word.known ?? unknown) },
    isKnown: word.known !== undefined,
  };
  eras.push(era);
  if (word.known) return { era, isNew: true, settled: word.boxOffsetUs === 0 ? [] : settleBy(eras, era) };
  const teacher = eras.findLast(({ isKnown, boxOffsetUs }) => isKnown && boxOffsetUs !== 0);
  if (teacher) settleOne(era, teacher);
  return { era, isNew: true, settled: [] };
}

function suits(era: Era, { boxOffsetUs, known }: ClockWord): boolean {
  if (Math.abs(era.boxOffsetUs - boxOffsetUs) > STEP_US) return false;
  return !era.isKnown || !known || Math.abs(era.shiftUs - known.shiftUs) <= SHIFT_STEP_US;
}

function learn(eras: Era[], era: Era, { known }: ClockWord): Era[] {
  Object.assign(era, known, { isKnown: true });
  return [era, ...settleBy(eras, era)];
}

/** The monotonic clock is the same in all of them: what one knows dates the others. */
function settleBy(eras: Era[], teacher: Era): Era[] {
  const open = eras.filter(({ isKnown }) => !isKnown);
  for (const era of open) settleOne(era, teacher);
  return open;
}

function settleOne(era: Era, teacher: Era): void {
  era.shiftUs = teacher.boxOffsetUs + teacher.shiftUs - era.boxOffsetUs;
  era.uncertaintyUs = teacher.uncertaintyUs + READING_US;
  era.isKnown = true;
}
