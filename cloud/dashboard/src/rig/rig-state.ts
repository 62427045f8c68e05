/** An output's state and its newest bytes into what the page may say and draw of them. */
import type { OutputState } from "@tactus/shared";
import { type DmxFrame, isAllZero } from "./dmx-frame.js";

/** A bridge speaks at least every ten seconds: one that does not for a little longer is gone. */
const GONE_US = 12_000_000;
/** Bytes come twelve times a second. */
const STALE_US = 2_000_000;

/** @param nowUs the cloud's time @param skewUs of the device's clocks */
export const isGone = ({ sentAtUs }: OutputState, skewUs: number, nowUs: number): boolean =>
  nowUs - (sentAtUs + skewUs) > GONE_US;

export const isFresh = ({ receivedAtUs }: DmxFrame, nowUs: number): boolean => nowUs - receivedAtUs < STALE_US;

export type RigState = "gone" | "stopped" | "waiting" | "silent" | "unsent" | "blackout" | "released" | "dark" | "live";

export interface RigFacts {
  output: OutputState;
  frame: DmxFrame | undefined;
  skewUs: number;
  nowUs: number;
  /** Since when the bytes are asked for. */
  askedAtUs: number;
}

/** `waiting` and `silent`: there are no bytes to draw; `unsent` and `released`: there are, but they do not leave. */
export function rigStateOf({ output, frame, skewUs, nowUs, askedAtUs }: RigFacts): RigState {
  if (output.state === "stopped") return "stopped";
  if (isGone(output, skewUs, nowUs)) return "gone";
  if (!frame || !isFresh(frame, nowUs)) return nowUs - askedAtUs < 2 * STALE_US ? "waiting" : "silent";
  if (output.mode === "blackout") return "blackout";
  if (output.mode === "released") return "released";
  if (output.state === "starting") return "unsent";
  return isAllZero(frame) ? "dark" : "live";
}
