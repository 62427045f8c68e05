/** The grid as it stands into the retained messages `grid` and `tempo`: on change, and at least once a second. */
import { beatAfter, bpmOf, type GridMessage, type OverrideState, type TempoMessage } from "@tactus/shared";
import type { GridState } from "../../grid/grid-event.js";
import type { RoomClock } from "../room-clock.js";
import type { Outlet } from "./outlet.js";

const REPEAT_S = 1;
/** A grid that is not repeated for this long is no longer vouched for. */
const VALID_US = 3_000_000;
/** Smaller moves wait for the next repetition. */
const PHASE_CHANGE_S = 0.005;
const PERIOD_CHANGE = 0.003;
const TEMPO_CHANGE_BPM = 0.5;

export const SILENT_GRID: GridState = {
  music: false,
  running: false,
  period: 0,
  anchor: 0,
  beatInBar: 0,
  beatsPerBar: 4,
  bar: 0,
  confidence: 0,
  alternatives: [],
  source: "tracker",
};

export interface GridPublisherParts {
  outlet: Outlet;
  room: RoomClock;
  session: string;
}

export class GridPublisher {
  readonly #parts: GridPublisherParts;
  #last: GridState | undefined;
  #lastTempo: TempoMessage | undefined;
  #publishedAt = Number.NEGATIVE_INFINITY;

  constructor(parts: GridPublisherParts) {
    this.#parts = parts;
  }

  /** Several times a second. `now`: monotonic seconds. */
  update(state: GridState, mode: OverrideState["mode"], now: number): void {
    const tempo = tempoOf(state, mode);
    const due = now - this.#publishedAt >= REPEAT_S;
    if (!due && isSameTempo(this.#lastTempo, tempo) && isSameGrid(this.#last, state)) return;
    this.#publishedAt = now;
    this.#last = state;
    this.#lastTempo = tempo;
    this.#parts.outlet.publish("grid", this.#gridMessage(state), { retain: true });
    this.#parts.outlet.publish("tempo", tempo, { retain: true });
  }

  #gridMessage(state: GridState): GridMessage {
    const { room, session } = this.#parts;
    const sentAtUs = room.nowUs();
    const dated = state.running && room.isSet;
    return {
      v: 1,
      session,
      sentAtUs,
      music: state.music,
      running: dated,
      period: dated ? state.period : 0,
      bpm: dated ? round(bpmOf(state.period), 100) : 0,
      anchorUs: dated ? room.epochUsOf(state.anchor) : 0,
      beatInBar: state.beatInBar,
      beatsPerBar: state.beatsPerBar,
      bar: state.bar,
      confidence: round(state.confidence, 1000),
      alternatives: state.alternatives.slice(0, 4),
      source: state.source,
      validUntilUs: sentAtUs + VALID_US,
    };
  }
}

function tempoOf(state: GridState, mode: OverrideState["mode"]): TempoMessage {
  const bpm = state.running ? round(bpmOf(state.period), 10) : 0;
  if (state.running && (mode === "held" || mode === "locked")) return { v: 1, bpm, state: "held" };
  if (state.running) return { v: 1, bpm, state: "tracking" };
  return { v: 1, bpm: 0, state: state.music ? "searching" : "silent" };
}

const isSameTempo = (before: TempoMessage | undefined, now: TempoMessage): boolean =>
  before?.state === now.state && Math.abs(before.bpm - now.bpm) < TEMPO_CHANGE_BPM;

/** Would a client that extrapolates `before` be where `now` is? */
function isSameGrid(before: GridState | undefined, now: GridState): boolean {
  if (!before) return false;
  const facts = before.music === now.music && before.running === now.running && before.source === now.source;
  if (!facts || before.beatsPerBar !== now.beatsPerBar) return false;
  if (!now.running) return true;
  if (Math.abs(now.period / before.period - 1) > PERIOD_CHANGE) return false;
  const beats = Math.round((now.anchor - before.anchor) / before.period);
  const moved = now.anchor - before.anchor - beats * before.period;
  return Math.abs(moved) < PHASE_CHANGE_S && beatAfter(before.beatInBar, before.beatsPerBar, beats) === now.beatInBar;
}

const round = (value: number, perUnit: number): number => Math.round(value * perUnit) / perUnit;
