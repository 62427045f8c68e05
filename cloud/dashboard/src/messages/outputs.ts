/** Words of the lighting outputs. */
import type { OutputState } from "@tactus/shared";

export const outputs = {
  title: "Lighting outputs",
  columns: ["Output", "Does", "Receiver", "Sent", "Errors", "Latency", "Jitter p50 / p95"],
  none: "No lighting output has reported here. A bridge beside the box makes them:",
  command: "tactus bridge --config bridge.yaml",
  mode: {
    following: "Following",
    "free-running": "Free-running",
    holding: "Holding",
    fading: "Fading",
    idle: "Idle",
    released: "Released",
    blackout: "Blackout",
  } satisfies Record<OutputState["mode"], string>,
  modeWhy: {
    following: "every announced beat",
    "free-running": "on its own clock, beats are unsure",
    holding: "keeps the last look",
    fading: "to the quiet look",
    idle: "quiet look, no music",
    released: "a desk or the receiver has the lights",
    blackout: "dark by hand",
  } satisfies Record<OutputState["mode"], string>,
  state: { starting: "Not started yet", stopped: "Stopped" },
  gone: "Gone",
  goneSince: (ago: string) => `last heard ${ago}`,
  receiving: {
    receiving: "Receiving",
    "not-receiving": "Not receiving",
    unknown: "Unknown",
  } satisfies Record<OutputState["receiving"], string>,
  noWayBack: "the protocol has no answer",
  latency: (ms: number) => `${ms > 0 ? "+" : ""}${ms.toFixed(0)} ms`,
  jitter: (p50: number, p95: number) => `${p50.toFixed(2)} / ${p95.toFixed(2)} ms`,
  lastError: "Last error",
  unknown: "–",
} as const;
