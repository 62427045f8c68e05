/** Seconds, of the music or of the day, into the hours, minutes, seconds and frames of an ArtTimeCode. */
import type { BeatPose } from "../output.js";
import type { ArtTimeCode } from "./artnet-packet.js";

/** Frames a second -> type octet. 29.97 drop-frame is for television and left out. */
const TYPE_OF = { 24: 0, 25: 1, 30: 3 } as const;
export type TimeCodeRate = keyof typeof TYPE_OF;

/** `seconds` >= 0; begins anew after 24 hours. */
export function timeCodeOf(seconds: number, rate: TimeCodeRate): Omit<ArtTimeCode, "kind"> {
  const totalFrames = Math.floor(seconds * rate + 1e-6);
  const whole = Math.floor(totalFrames / rate);
  return {
    frames: totalFrames % rate,
    seconds: whole % 60,
    minutes: Math.floor(whole / 60) % 60,
    hours: Math.floor(whole / 3600) % 24,
    type: TYPE_OF[rate],
  };
}

/** Seconds of music since the bridge began to follow: runs with the beats, stands still without them, never goes back. */
export class MusicTime {
  #seconds = 0;
  #beatPosition: number | undefined;

  advance({ beatPosition, bpm }: Pick<BeatPose, "beatPosition" | "bpm">): number {
    const beats = beatPosition - (this.#beatPosition ?? beatPosition);
    this.#beatPosition = beatPosition;
    if (bpm > 0 && beats > 0) this.#seconds += (beats * 60) / bpm;
    return this.#seconds;
  }
}
