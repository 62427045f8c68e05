/** Overrides of an operator into what a simulated box's hand holds: enough for a page to see its own effect. Pure. */
import type { OverrideAction, OverrideSet, OverrideState } from "@tactus/shared";

const AUTOMATIC: OverrideState = {
  v: 1,
  mode: "automatic",
  octave: "as-heard",
  nudgeMs: 0,
  bpm: 0,
  by: "",
  sinceUs: 0,
  expiresAtUs: 0,
  lastRequestId: "",
  refused: "",
};

export class SimulatedHand {
  #state: OverrideState = AUTOMATIC;

  /** No beats are announced. */
  get isSilent(): boolean {
    return this.#state.mode === "blackout";
  }

  state(): OverrideState {
    return this.#state;
  }

  /** `bpm`: of the room now. */
  obey({ requestId, by, command }: OverrideSet, nowUs: number, bpm: number): OverrideState {
    const changed = { ...this.#state, ...changeOf(command, this.#state, bpm) };
    this.#state = { ...changed, by, sinceUs: nowUs, lastRequestId: requestId, refused: "" };
    return this.#state;
  }
}

function changeOf(command: OverrideAction, state: OverrideState, bpm: number): Partial<OverrideState> {
  switch (command.action) {
    case "release":
      return AUTOMATIC;
    case "half":
    case "double":
      return { mode: "octave", octave: command.action, bpm: command.action === "half" ? bpm / 2 : bpm * 2 };
    case "hold":
      return { mode: "held", bpm: command.bpm ?? bpm };
    case "lock":
      return { mode: "locked", bpm };
    case "nudge":
      return { nudgeMs: state.nudgeMs + command.ms };
    case "blackout":
      return command.on ? { mode: "blackout" } : AUTOMATIC;
    default:
      return {};
  }
}
