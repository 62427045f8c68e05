/** What the agent and the trial process say to each other: our own code on both ends, same version. */
import type { GoldenResult, ShadowResult } from "@tactus/shared";

export type ToTrial =
  | { kind: "golden"; dir: string }
  | { kind: "shadow"; dir: string }
  | { kind: "features"; batch: string };

export type FromTrial =
  /** A piece of work is done. */
  | { kind: "alive"; residentMb: number }
  | { kind: "golden"; result: GoldenResult }
  | { kind: "shadow"; result: ShadowResult; beats: { active: number; candidate: number } }
  /** The candidate cannot be used. */
  | { kind: "trouble"; reason: string };
