/** The rules that every fleet begins with: what is watched, from which value on, and what helps. Pure. */
import type { Severity } from "./alert.js";
import type { RuleThresholds } from "./alert-rules.js";

export interface RuleDefinition extends RuleThresholds {
  severity: Severity;
  /** Of `raise` and `clear`; empty = yes or no, which has no threshold to set. */
  unit: string;
  /** Only while the room is open, where its hours are known. */
  whenOpen?: true;
  /** `value` as observed, `note` what the observation says beside it. */
  message(value: number, note: string): string;
  remedy: string;
}

const MINUTE = 60;
const HOUR = 3600;
const yesNo = { unit: "", raise: 1, clear: 0 };
const tenths = (value: number) => String(Math.round(value * 10) / 10);

function rule(definition: Omit<RuleDefinition, "clearForS" | "cooldownS"> & Partial<RuleThresholds>): RuleDefinition {
  return { clearForS: 30, cooldownS: 5 * MINUTE, ...definition };
}

export const RULES = {
  offline: rule({
    ...yesNo,
    severity: "critical",
    forS: 2 * MINUTE,
    clearForS: 10,
    message: () => "The box is not connected",
    remedy: "See whether it has power and network; beats in the room may go on without the cloud",
  }),
  "no-audio": rule({
    ...yesNo,
    severity: "critical",
    forS: 2 * MINUTE,
    whenOpen: true,
    message: () => "The sound input is gone",
    remedy: "Look at cable and interface; `tactus doctor` on the box lists the inputs",
  }),
  silence: rule({
    ...yesNo,
    severity: "warning",
    forS: 30 * MINUTE,
    whenOpen: true,
    message: () => "The input has been silent for long",
    remedy: "See whether the mixer still feeds the box, or set the opening hours of the room",
  }),
  clipping: rule({
    ...yesNo,
    severity: "warning",
    forS: MINUTE,
    message: () => "The input clips",
    remedy: "Turn down what feeds the box by 6 dB or more",
  }),
  "lost-lock": rule({
    unit: "share of music without a beat",
    raise: 0.8,
    clear: 0.5,
    severity: "warning",
    forS: 3 * MINUTE,
    message: (value) => `Music without a beat: ${Math.round(value * 100)} % of the last minute`,
    remedy: "Listen to what the box hears; hold the tempo by hand until it has it",
  }),
  xruns: rule({
    unit: "a minute, over about two minutes",
    raise: 6,
    clear: 1,
    severity: "warning",
    forS: MINUTE,
    message: (value) => `${tenths(value)} gaps a minute in the captured sound`,
    remedy: "Another program may keep the box busy, or the USB bus is overloaded",
  }),
  "late-hops": rule({
    unit: "share of hops, over about two minutes",
    raise: 0.01,
    clear: 0.002,
    severity: "warning",
    forS: MINUTE,
    message: (value) => `${tenths(value * 100)} % of the hops were late`,
    remedy: "The box is too slow or too busy: look at its temperature and at other programs",
  }),
  "slow-hops": rule({
    unit: "ms",
    raise: 20,
    clear: 15,
    severity: "warning",
    forS: 5 * MINUTE,
    message: (value) => `99 % of the hops take up to ${tenths(value)} ms`,
    remedy: "The box is too slow or too busy: look at its temperature and at other programs",
  }),
  hot: rule({
    unit: "°C",
    raise: 80,
    clear: 75,
    severity: "warning",
    forS: 2 * MINUTE,
    message: (value) => `The box is ${tenths(value)} °C hot`,
    remedy: "Give it air: from about 80 °C on it slows itself down",
  }),
  disk: rule({
    unit: "MiB free",
    raise: 500,
    clear: 700,
    severity: "warning",
    forS: MINUTE,
    message: (value) => `${Math.round(value)} MiB are free on the box`,
    remedy: "Delete what is not needed: history that waits for the cloud finds no room",
  }),
  "update-failed": rule({
    ...yesNo,
    severity: "warning",
    forS: 0,
    clearForS: 0,
    message: (_value, note) => `The model update failed${note === "" ? "" : `: ${note}`}`,
    remedy: "The box goes on with the model it had; the reason is in its report",
  }),
  clock: rule({
    ...yesNo,
    severity: "warning",
    forS: 15 * MINUTE,
    message: () => "The clock of the box is not synchronised",
    remedy: "Let it reach a time server (NTP): update checks wait until it does",
  }),
  crashes: rule({
    unit: "an hour, over about an hour",
    raise: 2.5,
    clear: 1,
    severity: "critical",
    forS: 0,
    cooldownS: HOUR,
    message: (value) => `Hearing or agent was started again ${tenths(value)} times an hour`,
    remedy: "Ask for a support bundle; go back to the model or version before",
  }),
  credential: rule({
    unit: "days left",
    raise: 7,
    clear: 8,
    severity: "warning",
    forS: 0,
    clearForS: 0,
    message: (value) => (value <= 0 ? "The credential has ended" : `The credential ends in ${tenths(value)} days`),
    remedy: "The box renews it by itself while it is online; claim it again if it cannot",
  }),
  "cloud-disk": rule({
    unit: "MiB free",
    raise: 1000,
    clear: 1500,
    severity: "critical",
    forS: MINUTE,
    message: (value) => `${Math.round(value)} MiB are free where the cloud keeps its data`,
    remedy: "Make room or shorten the retention: when it is full, boxes keep their history and wait",
  }),
} satisfies Record<string, RuleDefinition>;

export type RuleName = keyof typeof RULES;
export const RULE_NAMES = Object.keys(RULES) as [RuleName, ...RuleName[]];

/** Alerts that devices raise themselves have these; severity and words are the device's. */
export const DEVICE_ALERT: RuleThresholds = { raise: 1, clear: 0, forS: 0, clearForS: 0, cooldownS: 0 };
export const DEVICE_ALERT_PREFIX = "device:";
