/** OS2L messages into text and back: flat JSON objects, one after the other, with nothing between them (os2l.org). */
import { z } from "zod";

export interface Os2lBeat {
  evt: "beat";
  /** True on the beats a program may change its look on. */
  change: boolean;
  /** Beats counted by the sender. */
  pos: number;
  bpm: number;
  /** [0, 1] */
  strength: number;
}

export interface Os2lButtonPress {
  evt: "btn";
  name: string;
  page?: string;
  state: "on" | "off";
}

export interface Os2lLevel {
  evt: "cmd";
  id: number;
  /** 0..100 */
  param: number;
}

/** All fields are numbers, truths, or strings without braces: a receiver that splits at the first `}` stays in step. */
export function encodeOs2l(message: Os2lBeat | Os2lButtonPress | Os2lLevel): string {
  return JSON.stringify(message);
}

export const beatMessage = (beat: Omit<Os2lBeat, "evt">): Os2lBeat => ({
  evt: "beat",
  change: beat.change,
  pos: beat.pos,
  bpm: Math.round(beat.bpm * 100) / 100,
  strength: Math.round(Math.min(1, Math.max(0, beat.strength)) * 100) / 100,
});

/** What a lighting program says back when a button of its own changed. */
const Feedback = z.object({
  evt: z.literal("feedback"),
  name: z.string().max(256),
  page: z.string().max(256).optional(),
  state: z.enum(["on", "off"]),
});
export type Os2lFeedback = z.infer<typeof Feedback>;

/** Undefined for anything else a program may say. */
export function decodeOs2lFeedback(text: string): Os2lFeedback | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  const result = Feedback.safeParse(value);
  return result.success ? result.data : undefined;
}
