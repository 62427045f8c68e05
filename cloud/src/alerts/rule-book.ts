/** The settings of all scopes, as they hold for each subject. */

import type { Severity } from "./alert.js";
import type { RuleThresholds } from "./alert-rules.js";
import { isOpen, type OpeningHours } from "./opening-hours.js";
import { type EffectiveRule, effectiveRule, type Mute, type StoredScope, scopesOf } from "./rule-settings.js";
import { DEVICE_ALERT, RULE_NAMES, RULES, type RuleDefinition, type RuleName } from "./rule-table.js";

export interface RuleBookOptions {
  tagsOf(subject: string): readonly string[];
}

interface Sheet {
  layers: StoredScope[];
  rules: Map<string, EffectiveRule>;
  madeAtUs: number;
}

/** Tags and hours may change elsewhere: a subject's sheet is made anew when it is older than this. */
const SHEET_US = 60_000_000;

export class RuleBook {
  readonly #options: RuleBookOptions;
  #scopes = new Map<string, StoredScope>();
  #sheets = new Map<string, Sheet>();

  constructor(options: RuleBookOptions) {
    this.#options = options;
  }

  load(scopes: readonly StoredScope[]): void {
    this.#scopes = new Map(scopes.map((stored) => [stored.scope, stored]));
    this.#sheets = new Map();
  }

  list(): StoredScope[] {
    return [...this.#scopes.values()];
  }

  get(scope: string): StoredScope | undefined {
    return this.#scopes.get(scope);
  }

  /** `key` may be an alert of the device itself: that has no thresholds to set. */
  thresholds(subject: string, key: string, nowUs: number): RuleThresholds | undefined {
    const rule = this.effective(subject, key, nowUs);
    if (!rule) return DEVICE_ALERT;
    return rule.enabled ? rule.thresholds : undefined;
  }

  severity(subject: string, rule: RuleName, nowUs: number): Severity {
    return this.effective(subject, rule, nowUs)?.severity ?? RULES[rule].severity;
  }

  /** Undefined = no rule of the table. */
  effective(subject: string, key: string, nowUs: number): EffectiveRule | undefined {
    if (!isRuleName(key)) return undefined;
    if (this.#scopes.size === 0) return DEFAULTS.get(key);
    const { rules, layers } = this.#sheet(subject, nowUs);
    const known = rules.get(key);
    if (known) return known;
    const made = effectiveRule(key, layers);
    rules.set(key, made);
    return made;
  }

  /** Does the rule look at this room now? */
  applies(subject: string, key: string, nowUs: number): boolean {
    if (!isRuleName(key)) return true;
    const { whenOpen }: RuleDefinition = RULES[key];
    if (!whenOpen) return true;
    const hours = this.#hours(subject, nowUs);
    return !hours || isOpen(hours, nowUs);
  }

  /** The mute that holds for this alert now. */
  mute(subject: string, key: string, nowUs: number): Mute | undefined {
    if (this.#scopes.size === 0) return undefined;
    const mutes = this.#sheet(subject, nowUs).layers.flatMap(({ settings }) => settings.mute ?? []);
    return mutes.find(
      ({ untilUs, rules }) => untilUs > nowUs && (rules.length === 0 || rules.some((name) => name === key)),
    );
  }

  #hours(subject: string, nowUs: number): OpeningHours | undefined {
    if (this.#scopes.size === 0) return undefined;
    const { layers } = this.#sheet(subject, nowUs);
    return layers.findLast(({ settings }) => settings.hours !== null)?.settings.hours ?? undefined;
  }

  #sheet(subject: string, nowUs: number): Sheet {
    const known = this.#sheets.get(subject);
    if (known && nowUs - known.madeAtUs < SHEET_US) return known;
    const layers = scopesOf(subject, this.#options.tagsOf(subject)).flatMap((scope) => this.#scopes.get(scope) ?? []);
    const made: Sheet = { layers, rules: new Map(), madeAtUs: nowUs };
    this.#sheets.set(subject, made);
    return made;
  }
}

const DEFAULTS = new Map<string, EffectiveRule>(RULE_NAMES.map((name) => [name, effectiveRule(name, [])]));

export function isRuleName(key: string): key is RuleName {
  return Object.hasOwn(RULES, key);
}
