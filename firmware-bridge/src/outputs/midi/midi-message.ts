/** What is to be said into the bytes of MIDI 1.0. */

export const CLOCK = Uint8Array.of(0xf8);
export const START = Uint8Array.of(0xfa);
export const CONTINUE = Uint8Array.of(0xfb);
export const STOP = Uint8Array.of(0xfc);
export const TICKS_PER_BEAT = 24;
/** Sixteenth notes that song position can count, 14 bits. */
const SONG_POSITIONS = 1 << 14;

/** Song position pointer to `beats` quarter notes after bar 1; wraps after 4096 beats. */
export function songPosition(beats: number): Uint8Array {
  const sixteenths = (((beats * 4) % SONG_POSITIONS) + SONG_POSITIONS) % SONG_POSITIONS;
  return Uint8Array.of(0xf2, sixteenths & 0x7f, sixteenths >> 7);
}

/** `channel` 1…16. */
export const noteOn = (channel: number, note: number, velocity: number) =>
  Uint8Array.of(0x90 | (channel - 1), note, velocity);

export const noteOff = (channel: number, note: number) => Uint8Array.of(0x80 | (channel - 1), note, 0);
