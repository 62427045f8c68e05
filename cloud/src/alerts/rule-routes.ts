/** What is watched, from which value on, where, and what is muted meanwhile. */
import type { Context } from "hono";
import { z } from "zod";
import type { Audit } from "../audit/audit.js";
import type { AdminAccess } from "../middleware/admin-access.js";
import { jsonBody, queryOf } from "../middleware/json-body.js";
import type { FleetStore } from "../store/fleet-store.js";
import type { AlertWatch } from "./alert-watch.js";
import type { Notifier } from "./notify/notifier.js";
import { OpeningHours } from "./opening-hours.js";
import type { RuleBook } from "./rule-book.js";
import {
  checkChanges,
  type EffectiveRule,
  effectiveRule,
  type Mute,
  RuleChanges,
  Scope,
  type ScopeSettings,
  type StoredScope,
} from "./rule-settings.js";
import { RULE_NAMES, type RuleName } from "./rule-table.js";

/** `GET /api/v1/alert-rules`. */
export interface RulesAnswer {
  /** As they hold for the device asked for; without one, the defaults. */
  rules: Record<string, EffectiveRule>;
  /** What is set, layer by layer. */
  scopes: StoredScope[];
  /** The mute that holds for the whole of the device asked for. */
  mute: Mute | null;
}

export interface RuleRouteOptions {
  fleet: FleetStore;
  ruleBook: RuleBook;
  alertWatch: AlertWatch;
  notifier: Notifier;
  admin: AdminAccess;
  audit: Audit;
  now(): number;
}

export const RulesBody = z.strictObject({
  scope: Scope,
  rules: RuleChanges,
  hours: OpeningHours.nullable().default(null),
});
export const MuteBody = z.strictObject({
  scope: Scope,
  /** Seconds from now; 0 = not muted any more. At most 30 days: a mute that is forgotten ends by itself. */
  forS: z.int().min(0).max(2_592_000),
  reason: z.string().max(200).default(""),
  rules: z.array(z.enum(RULE_NAMES)).max(RULE_NAMES.length).default([]),
});
export const RulesQuery = z.strictObject({ device: z.string().max(130).optional() });

export const getRules =
  ({ ruleBook, now }: Pick<RuleRouteOptions, "ruleBook" | "now">) =>
  (context: Context): Response => {
    const { device } = queryOf(context, RulesQuery, { remedy: "For example ?device=club.main" });
    const holds = (name: RuleName) =>
      (device === undefined ? undefined : ruleBook.effective(device, name, now())) ?? effectiveRule(name, []);
    const answer: RulesAnswer = {
      rules: Object.fromEntries(RULE_NAMES.map((name) => [name, holds(name)])),
      scopes: ruleBook.list(),
      mute: (device === undefined ? undefined : ruleBook.mute(device, "", now())) ?? null,
    };
    return context.json(answer);
  };

/** Replaces what is set for the scope; a mute stays. */
export const putRules =
  ({ admin, audit, ...options }: RuleRouteOptions) =>
  async (context: Context): Promise<Response> => {
    const by = admin.require(context);
    const remedy =
      '{"scope": "venue:club", "rules": {"hot": {"raise": 85, "clear": 80}}}; GET /api/v1/alert-rules names them';
    const { scope, rules, hours } = await jsonBody(context, RulesBody, { what: "Alert rules", remedy });
    checkChanges(rules);
    await audit({ by, action: "alert-rules.set", subject: scope, detail: { rules, hours } });
    const mute = options.ruleBook.get(scope)?.settings.mute ?? null;
    return context.json(await keep(options, { scope, settings: { rules, hours, mute } }));
  };

export const putMute =
  ({ admin, audit, ...options }: RuleRouteOptions) =>
  async (context: Context): Promise<Response> => {
    const by = admin.require(context);
    const remedy = '{"scope": "venue:club", "forS": 7200, "reason": "new mixer"}; forS 0 ends it';
    const { scope, forS, reason, rules } = await jsonBody(context, MuteBody, { what: "Mute", remedy });
    await audit({ by, action: "alert-rules.mute", subject: scope, detail: { forS, reason, rules } });
    const { settings } = options.ruleBook.get(scope) ?? { settings: { rules: {}, hours: null } };
    const mute = forS === 0 ? null : { untilUs: options.now() + forS * 1e6, reason, rules, by };
    return context.json(await keep(options, { scope, settings: { ...settings, mute } }));
  };

async function keep(
  { fleet, ruleBook, alertWatch, notifier, now }: Omit<RuleRouteOptions, "admin" | "audit">,
  stored: StoredScope,
): Promise<StoredScope> {
  await fleet.alerts.setScope(stored.scope, isEmpty(stored.settings) ? undefined : stored.settings);
  ruleBook.load(await fleet.alerts.scopes());
  alertWatch.reconsider(now());
  notifier.arrived();
  return stored;
}

function isEmpty({ rules, hours, mute }: ScopeSettings): boolean {
  return Object.keys(rules).length === 0 && hours === null && mute === null;
}
