/** A rule and a new value into raised or cleared: hysteresis, for-duration, cooldown and flap damping. Pure. */

export interface RuleThresholds {
  /** The value at which it is bad. Above `clear`: high values are bad; below: low ones are. */
  raise: number;
  /** The value at which it is good again; in between, what was goes on. */
  clear: number;
  /** It must be bad for this long before the alert is raised, seconds. */
  forS: number;
  /** It must be good for this long before the alert is cleared, seconds. */
  clearForS: number;
  /** After an end the alert is not raised again for this long, seconds. */
  cooldownS: number;
}

export interface RuleState {
  phase: "quiet" | "pending" | "raised" | "clearing";
  /** When this phase began, epoch microseconds. */
  sinceUs: number;
  /** When it was last cleared; 0 = never. */
  clearedUs: number;
  /** When it was raised within the last hour, oldest first. */
  raisesUs: readonly number[];
}

export interface RuleStep {
  /** Undefined = the rule does not apply (any more): what is raised is cleared at once. */
  thresholds: RuleThresholds | undefined;
  /** Undefined = not known: nothing new begins, nothing ends. */
  value: number | undefined;
  nowUs: number;
}

export interface RuleVerdict {
  state: RuleState;
  event?: "raised" | "cleared";
  /** Look again then, even if nothing new is heard. */
  dueUs?: number;
}

export const QUIET: RuleState = { phase: "quiet", sinceUs: 0, clearedUs: 0, raisesUs: [] };

/** Raised more often than this within an hour is flapping: each further end must hold twice as long. */
const CALM_RAISES = 3;
const FLAP_WINDOW_US = 3_600_000_000;
const MAX_HOLD_S = 3600;
const MIN_FLAP_HOLD_S = 60;

export function isBad({ raise, clear }: RuleThresholds, value: number): boolean {
  return raise > clear ? value >= raise : value <= raise;
}

function isGood({ raise, clear }: RuleThresholds, value: number): boolean {
  return raise > clear ? value <= clear : value >= clear;
}

export function stepRule(before: RuleState, { thresholds, value, nowUs }: RuleStep): RuleVerdict {
  const state = withoutOldRaises(before, nowUs);
  const isUp = state.phase === "raised" || state.phase === "clearing";
  if (!thresholds) return isUp ? cleared(state, nowUs) : { state: { ...state, phase: "quiet" } };
  if (value === undefined) return { state: { ...state, phase: isUp ? "raised" : "quiet" } };
  if (isUp)
    return isGood(thresholds, value) ? clearing(state, thresholds, nowUs) : { state: { ...state, phase: "raised" } };
  return isBad(thresholds, value) ? pending(state, thresholds, nowUs) : { state: { ...state, phase: "quiet" } };
}

/** By hand, whatever the value: if it is still bad, it comes again after the cooldown. */
export function clearByHand(state: RuleState, nowUs: number): RuleState {
  return { ...state, phase: "quiet", sinceUs: nowUs, clearedUs: nowUs };
}

/** Nothing worth remembering. */
export function isForgettable({ phase, clearedUs, raisesUs }: RuleState, nowUs: number): boolean {
  return phase === "quiet" && raisesUs.length === 0 && clearedUs < nowUs - FLAP_WINDOW_US;
}

function pending(state: RuleState, { forS, cooldownS }: RuleThresholds, nowUs: number): RuleVerdict {
  const sinceUs = state.phase === "pending" ? state.sinceUs : nowUs;
  const afterCooldownUs = state.clearedUs === 0 ? 0 : state.clearedUs + cooldownS * 1e6;
  const dueUs = Math.max(sinceUs + forS * 1e6, afterCooldownUs);
  if (nowUs < dueUs) return { state: { ...state, phase: "pending", sinceUs }, dueUs };
  return {
    state: { ...state, phase: "raised", sinceUs: nowUs, raisesUs: [...state.raisesUs, nowUs] },
    event: "raised",
  };
}

function clearing(state: RuleState, { clearForS }: RuleThresholds, nowUs: number): RuleVerdict {
  const sinceUs = state.phase === "clearing" ? state.sinceUs : nowUs;
  const dueUs = sinceUs + holdS(clearForS, state.raisesUs.length) * 1e6;
  return nowUs >= dueUs ? cleared(state, nowUs) : { state: { ...state, phase: "clearing", sinceUs }, dueUs };
}

function cleared(state: RuleState, nowUs: number): RuleVerdict {
  return { state: { ...state, phase: "quiet", sinceUs: nowUs, clearedUs: nowUs }, event: "cleared" };
}

function holdS(clearForS: number, raises: number): number {
  if (raises <= CALM_RAISES) return clearForS;
  const damped = Math.max(clearForS, MIN_FLAP_HOLD_S) * 2 ** (raises - CALM_RAISES);
  return Math.max(clearForS, Math.min(MAX_HOLD_S, damped));
}

function withoutOldRaises(state: RuleState, nowUs: number): RuleState {
  const oldestUs = state.raisesUs[0];
  if (oldestUs === undefined || oldestUs > nowUs - FLAP_WINDOW_US) return state;
  return { ...state, raisesUs: state.raisesUs.filter((atUs) => atUs > nowUs - FLAP_WINDOW_US) };
}
