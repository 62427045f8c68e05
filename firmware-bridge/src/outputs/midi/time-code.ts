/** Frames since the start into MIDI time code (MIDI 1.0 detailed specification, "MIDI Time Code"). */

export type FrameRate = 24 | 25 | 29.97 | 30;

/** Bits 5 and 6 of the hours. */
const RATE_CODE: Record<FrameRate, number> = { 24: 0, 25: 1, 29.97: 2, 30: 3 };
export const QUARTERS_PER_FRAME = 4;
/** A whole time code takes eight quarter frames. */
const PIECES = 8;

interface TimeCode {
  hours: number;
  minutes: number;
  seconds: number;
  frames: number;
}

/** Real frames a second: 29.97 is 30000/1001. */
export const framesPerSecond = (rate: FrameRate): number => (rate === 29.97 ? 30_000 / 1001 : rate);

/** Drop-frame leaves out numbers 0 and 1 of every minute but each tenth, no frame. */
function timeCodeOf(frame: number, rate: FrameRate): TimeCode {
  const nominal = Math.round(rate);
  let number = frame;
  if (rate === 29.97) {
    const tens = Math.floor(frame / 17_982);
    const rest = frame % 17_982;
    number += 18 * tens + (rest < 1800 ? 0 : 2 * (1 + Math.floor((rest - 1800) / 1798)));
  }
  const seconds = Math.floor(number / nominal);
  return {
    hours: Math.floor(seconds / 3600) % 24,
    minutes: Math.floor(seconds / 60) % 60,
    seconds: seconds % 60,
    frames: number % nominal,
  };
}

/**
 * Quarter frame `quarter` since the start, F1 0nnndddd. Pieces 0…7 spell the time code at which piece 0 was sent, so it advances by
 * two frames each time.
 */
export function quarterFrame(quarter: number, rate: FrameRate, startHour: number): Uint8Array {
  const piece = quarter % PIECES;
  const { hours, minutes, seconds, frames } = timeCodeOf(Math.floor(quarter / PIECES) * 2, rate);
  const values = [frames, seconds, minutes, ((hours + startHour) % 24) | (RATE_CODE[rate] << 5)];
  const value = values[piece >> 1] ?? 0;
  return Uint8Array.of(0xf1, (piece << 4) | (piece % 2 === 0 ? value & 0x0f : value >> 4));
}

/** Full frame: a receiver jumps there, and does not run. */
export function fullFrame(rate: FrameRate, startHour: number): Uint8Array {
  return Uint8Array.of(0xf0, 0x7f, 0x7f, 0x01, 0x01, startHour | (RATE_CODE[rate] << 5), 0, 0, 0, 0xf7);
}
