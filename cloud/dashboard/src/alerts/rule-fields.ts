/** What somebody typed about a rule into a change of it, and back. Pure. */
import type { EffectiveRule, RuleChange } from "@tactus/cloud";

export const NUMBERS = ["raise", "clear", "forS", "clearForS", "cooldownS"] as const;
export type RuleNumber = (typeof NUMBERS)[number];

/** As typed; empty = what the weaker layers say. */
export interface RuleText extends Record<RuleNumber, string> {
  enabled: "" | "on" | "off";
  severity: "" | "info" | "warning" | "critical";
}

export function textOf(change: RuleChange | undefined): RuleText {
  const number = (name: RuleNumber) => (change?.[name] === undefined ? "" : String(change[name]));
  return {
    enabled: change?.enabled === undefined ? "" : change.enabled ? "on" : "off",
    severity: change?.severity ?? "",
    raise: number("raise"),
    clear: number("clear"),
    forS: number("forS"),
    clearForS: number("clearForS"),
    cooldownS: number("cooldownS"),
  };
}

/** Undefined when nothing is set. */
export function changeOf(text: RuleText): RuleChange | undefined {
  const change: RuleChange = {};
  if (text.enabled !== "") change.enabled = text.enabled === "on";
  if (text.severity !== "") change.severity = text.severity;
  for (const name of NUMBERS) {
    const value = text[name].trim().replace(",", ".");
    if (value !== "" && Number.isFinite(Number(value))) change[name] = Number(value);
  }
  return Object.keys(change).length === 0 ? undefined : change;
}

/** What holds where nothing is typed. */
export const defaultOf = ({ thresholds }: EffectiveRule, name: RuleNumber): string => String(thresholds[name]);
