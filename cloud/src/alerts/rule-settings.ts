/** Layers of settings (fleet → venue → tag → device) into what holds for one subject, and from where it comes. Pure. */
import { InputError } from "@tactus/shared";
import { z } from "zod";
import { CLOUD_SUBJECT, SEVERITIES, type Severity } from "./alert.js";
import type { RuleThresholds } from "./alert-rules.js";
import { OpeningHours } from "./opening-hours.js";
import { RULE_NAMES, RULES, type RuleDefinition, type RuleName } from "./rule-table.js";

const word = "[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?";
/** "fleet", "venue:club", "tag:beta", "device:club.main", or "cloud" for the cloud itself. */
export const Scope = z
  .string()
  .regex(
    new RegExp(`^(fleet|cloud|venue:${word}|tag:.{1,64}|device:${word}\\.${word})$`),
    'is not "fleet", "cloud", "venue:<venue>", "tag:<tag>" or "device:<venue>.<device>"',
  );

const seconds = z.number().min(0).max(604_800);
export const RuleChange = z
  .strictObject({
    enabled: z.boolean(),
    severity: z.enum(SEVERITIES),
    raise: z.number().min(-1e9).max(1e9),
    clear: z.number().min(-1e9).max(1e9),
    forS: seconds,
    clearForS: seconds,
    cooldownS: seconds,
  })
  .partial();
export type RuleChange = z.infer<typeof RuleChange>;

const RuleNameSchema = z.enum(RULE_NAMES);
export const RuleChanges = z.partialRecord(RuleNameSchema, RuleChange);
export type RuleChanges = z.infer<typeof RuleChanges>;

/** Maintenance: alerts are kept, nobody is told until it ends. */
export const Mute = z.object({
  untilUs: z.int().min(0),
  reason: z.string().max(200),
  /** Empty = all. */
  rules: z.array(RuleNameSchema).max(RULE_NAMES.length),
  by: z.string().max(80),
});
export type Mute = z.infer<typeof Mute>;

export const ScopeSettings = z.object({
  rules: RuleChanges.default({}),
  /** When the rooms are open; outside, silence and a missing input are nobody's trouble. */
  hours: OpeningHours.nullable().default(null),
  mute: Mute.nullable().default(null),
});
export type ScopeSettings = z.infer<typeof ScopeSettings>;
export interface StoredScope {
  scope: string;
  settings: ScopeSettings;
}

export interface EffectiveRule {
  enabled: boolean;
  severity: Severity;
  thresholds: RuleThresholds;
  unit: string;
  /** Which layer each setting comes from; what is not named is the default. */
  from: Partial<Record<keyof RuleChange, string>>;
}

/** Weakest first. */
export function scopesOf(subject: string, tags: readonly string[]): string[] {
  if (subject === CLOUD_SUBJECT) return ["fleet", "cloud"];
  const [venue = ""] = subject.split(".");
  return ["fleet", `venue:${venue}`, ...[...tags].sort().map((tag) => `tag:${tag}`), `device:${subject}`];
}

/** `layers` weakest first. */
export function effectiveRule(name: RuleName, layers: readonly StoredScope[]): EffectiveRule {
  const { severity, raise, clear, forS, clearForS, cooldownS, unit }: RuleDefinition = RULES[name];
  const merged = { enabled: true, severity, raise, clear, forS, clearForS, cooldownS };
  const from: EffectiveRule["from"] = {};
  for (const { scope, settings } of layers) {
    const change = settings.rules[name] ?? {};
    Object.assign(merged, change);
    for (const field of Object.keys(change) as (keyof RuleChange)[]) from[field] = scope;
  }
  const { enabled, severity: level, ...thresholds } = merged;
  return { enabled, severity: level, thresholds: rightWay(thresholds, RULES[name]), unit, from };
}

/** Throws InputError for what no rule can work with, whatever the other layers say. */
export function checkChanges(changes: RuleChanges): void {
  for (const [name, change] of Object.entries(changes) as [RuleName, RuleChange][]) {
    const { unit, raise, clear }: RuleDefinition = RULES[name];
    const setsThreshold = change.raise !== undefined || change.clear !== undefined;
    if (unit === "" && setsThreshold)
      throw new InputError(`Rule ${name} is a yes or no: it has no raise or clear to set`);
    if (change.raise === undefined || change.clear === undefined) continue;
    if (Math.sign(change.raise - change.clear) === Math.sign(raise - clear)) continue;
    const order = raise > clear ? "above" : "below";
    throw new InputError(
      `Rule ${name} raises at ${change.raise} and clears at ${change.clear}: raise must lie ${order} clear`,
    );
  }
}

/** Two layers that each make sense may cross when they are put together: the distance of the defaults is kept then. */
function rightWay(thresholds: RuleThresholds, { raise, clear }: RuleDefinition): RuleThresholds {
  const isRight = Math.sign(thresholds.raise - thresholds.clear) === Math.sign(raise - clear);
  return isRight ? thresholds : { ...thresholds, clear: thresholds.raise - (raise - clear) };
}
