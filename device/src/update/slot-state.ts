/** What the box remembers of its slots, and how each event changes that. Pure. */
import { z } from "zod";

/** The two slots, and the model that came with the software: always there, never written to. */
export const Place = z.enum(["a", "b", "bundled"]);
export type Place = z.infer<typeof Place>;
export type Slot = Exclude<Place, "bundled">;

const Probation = z.object({
  /** Of the update, as the agent named it. */
  id: z.string().max(64),
  /** Where to go back to. */
  fallback: Place,
  /** Starts of hearing on this model that have not yet proved to last. */
  starts: z.int().min(0),
  crashes: z.int().min(0),
  /** It has run this long, of so long, seconds. */
  ranS: z.number().min(0),
  ofS: z.number().min(0),
});
export type Probation = z.infer<typeof Probation>;

/** How the last update ended, or what was found broken at a start. */
const Outcome = z.object({
  id: z.string().max(64),
  result: z.enum(["committed", "rolled-back"]),
  reason: z.string().max(400),
  atUs: z.int().min(0),
});
export type Outcome = z.infer<typeof Outcome>;

export const SlotState = z.object({
  v: z.literal(1),
  active: Place,
  /** Ready to go back to; null = none. */
  standby: Place.nullable(),
  probation: Probation.nullable(),
  outcome: Outcome.nullable(),
});
export type SlotState = z.infer<typeof SlotState>;

export const FIRST_STATE: SlotState = { v: 1, active: "bundled", standby: null, probation: null, outcome: null };

/** The model at `place` is tried, `ofS` seconds long; what runs now is what it falls back to. */
export function tried(state: SlotState, trial: { id: string; place: Place; ofS: number }): SlotState {
  const { id, place, ofS } = trial;
  const fallback = state.probation ? state.probation.fallback : state.active;
  const probation = { id, fallback, starts: 0, crashes: 0, ranS: 0, ofS };
  return { ...state, active: place, standby: fallback, probation };
}

/** What changed of the counts of the probation; nothing when there is none. */
export function counted(state: SlotState, change: Partial<Probation>): SlotState {
  return state.probation ? { ...state, probation: { ...state.probation, ...change } } : state;
}

export function committed(state: SlotState, nowUs: number): SlotState {
  if (!state.probation) return state;
  const { id, ranS } = state.probation;
  const reason = `It ran ${Math.round(ranS)} s without trouble`;
  return { ...state, probation: null, outcome: { id, result: "committed", reason, atUs: nowUs } };
}

/** Back to where it came from. What was tried is not something to go back to. */
export function rolledBack(state: SlotState, reason: string, nowUs: number): SlotState {
  if (!state.probation) return state;
  const { id, fallback } = state.probation;
  const outcome: Outcome = { id, result: "rolled-back", reason: reason.slice(0, 400), atUs: nowUs };
  return { ...state, active: fallback, standby: null, probation: null, outcome };
}

/** The active model is broken on disk: `place` runs instead. */
export function replaced(state: SlotState, place: Place, reason: string, nowUs: number): SlotState {
  const back = rolledBack(state, reason, nowUs);
  return { ...back, active: place, standby: back.standby === place ? null : back.standby };
}

/** The slot that an update may be written to: neither what runs nor what it would fall back to. */
export function freeSlot({ active, standby, probation }: SlotState): Slot {
  const kept = [active, probation?.fallback];
  const free = (["a", "b"] as const).filter((slot) => !kept.includes(slot));
  return free.find((slot) => slot !== standby) ?? free[0] ?? "a";
}

/** In the order in which they are tried at a start. */
export function startOrder({ active, standby, probation }: SlotState): Place[] {
  const order: Place[] = [active, ...(probation ? [probation.fallback] : []), ...(standby ? [standby] : []), "bundled"];
  return [...new Set(order)];
}
