/** What the MIDI output and its thread say to each other. Times are seconds of CLOCK_MONOTONIC. */
import type { OutputMode } from "../output.js";
import type { MidiConfig } from "./midi-config.js";
import type { PlayerCue } from "./midi-player.js";
import type { PortState } from "./midi-port.js";

export interface ThreadData {
  config: MidiConfig;
}

export type ToThread = { kind: "cue"; cue: PlayerCue } | { kind: "mode"; mode: OutputMode } | { kind: "stop" };

export type FromThread =
  | { kind: "ready" }
  | { kind: "failed"; message: string }
  | { kind: "state"; state: PortState; sent: number };
