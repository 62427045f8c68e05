/** Words for what a room, its music and its hand can be. */
import type { OverrideState, StatusMessage, TempoMessage } from "@tactus/shared";

type Condition = StatusMessage["conditions"][number];

export const states = {
  state: { online: "Online", offline: "Offline" } satisfies Record<StatusMessage["state"], string>,
  tempo: {
    silent: "No music",
    searching: "Searching",
    tracking: "Tracking",
    held: "Held",
  } satisfies Record<TempoMessage["state"], string>,
  capture: {
    starting: "Starting",
    running: "Hearing",
    lost: "Input lost",
    ended: "Ended",
  } satisfies Record<StatusMessage["capture"], string>,
  conditions: {
    silence: "Silence",
    clipping: "Clipping",
    "dc-offset": "DC offset",
    hum: "Mains hum",
    xrun: "Dropouts",
    "unsynchronised-clock": "Clock not set",
  } satisfies Record<Condition, string>,
  mode: {
    automatic: "Automatic",
    octave: "Octave set",
    held: "Tempo held",
    locked: "Locked",
    blackout: "Blackout",
  } satisfies Record<OverrideState["mode"], string>,
  confidence: (value: number) => (value >= 0.8 ? "high" : value >= 0.5 ? "fair" : "low"),
  spoken: (room: string, tempo: string, bpm: number, confidence: string, hand: string) =>
    bpm > 0
      ? `${room}: ${bpm.toFixed(0)} beats per minute, ${tempo.toLowerCase()}, confidence ${confidence}. Hand: ${hand.toLowerCase()}.`
      : `${room}: ${tempo.toLowerCase()}. Hand: ${hand.toLowerCase()}.`,
} as const;
