/** What the live backends have in common: how an input is chosen, and how one is listed. */
import type { ReopeningOptions } from "./reopening-source.js";

export interface LiveOptions extends Omit<ReopeningOptions, "backend"> {
  /** "default", or a name as `tactus doctor` lists it; a part of it is enough for PortAudio. Default "default". */
  device?: string;
  /** Default: the card's own rate (naudiodon), 48 000 (arecord). */
  sampleRateHz?: number;
  /** Default 2, or 1 where there is but one. */
  audioChannels?: number;
}

export interface LiveInput {
  backend: "naudiodon" | "arecord";
  /** What to give as --source. */
  name: string;
  description: string;
  isDefault: boolean;
}
