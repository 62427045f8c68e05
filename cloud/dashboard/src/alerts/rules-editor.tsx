/** Every rule with what holds by default and what is set for a scope; what is left empty goes on as it was. */
import type { EffectiveRule, RuleChanges, RulesAnswer } from "@tactus/cloud";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { getRules, putMute, putRules } from "../api/alerts.js";
import { onSubmit, useDeed, Wrong } from "../components/form.js";
import { Asked } from "../components/query-states.js";
import { momentText } from "../format.js";
import { messages } from "../messages.js";
import { useAuth } from "../use-auth.js";
import { changeOf, defaultOf, NUMBERS, type RuleText, textOf } from "./rule-fields.js";

const { rules: words } = messages.alerts;
const KEY = ["alert-rules"] as const;

export function RulesEditor() {
  const query = useQuery({ queryKey: KEY, queryFn: ({ signal }) => getRules(undefined, signal) });
  const [scope, setScope] = useState("fleet");
  return (
    <>
      <p className="muted">{words.intro}</p>
      <Asked query={query} rows={10}>
        {(answer) => (
          <>
            <label className="inline-field">
              {words.scope}
              <input list="rule-scopes" value={scope} onChange={(event) => setScope(event.target.value)} />
              <datalist id="rule-scopes">
                {[...new Set(["fleet", "cloud", ...answer.scopes.map((one) => one.scope)])].map((known) => (
                  <option key={known} value={known} />
                ))}
              </datalist>
            </label>
            <Mutes answer={answer} />
            <ScopeForm key={`${scope} ${JSON.stringify(settingsOf(answer, scope))}`} scope={scope} answer={answer} />
          </>
        )}
      </Asked>
    </>
  );
}

const settingsOf = (answer: RulesAnswer, scope: string) =>
  answer.scopes.find((one) => one.scope === scope)?.settings ?? { rules: {}, hours: null, mute: null };

function Mutes({ answer }: { answer: RulesAnswer }) {
  const { may } = useAuth();
  const queries = useQueryClient();
  const end = useDeed(putMute, () => queries.invalidateQueries({ queryKey: KEY }));
  const muted = answer.scopes.filter(({ settings: { mute } }) => mute && mute.untilUs > Date.now() * 1000);
  if (muted.length === 0) return null;
  return (
    <section className="card" aria-labelledby="mutes-title">
      <h2 id="mutes-title">{words.mutes}</h2>
      <ul className="lines">
        {muted.map(({ scope, settings: { mute } }) => (
          <li key={scope}>
            <strong>{scope}</strong>
            <small>
              {words.mutedUntil(
                momentText(mute?.untilUs ?? 0),
                mute?.by ?? "",
                mute?.rules.join(", ") || words.allRules,
              )}
            </small>
            {may("manage") && (
              <button type="button" className="quiet" onClick={() => end.mutate({ scope, forS: 0, reason: "" })}>
                {words.endMute}
              </button>
            )}
          </li>
        ))}
      </ul>
      <Wrong problem={end.problem} />
    </section>
  );
}

function ScopeForm({ scope, answer }: { scope: string; answer: RulesAnswer }) {
  const { may } = useAuth();
  const queries = useQueryClient();
  const { rules, hours } = settingsOf(answer, scope);
  const set = rules as Record<string, RuleChanges[keyof RuleChanges]>;
  const [texts, setTexts] = useState<Record<string, RuleText>>(() =>
    Object.fromEntries(Object.keys(answer.rules).map((name) => [name, textOf(set[name])])),
  );
  const save = useDeed(putRules, () => queries.invalidateQueries({ queryKey: KEY }));
  const go = () => {
    const changes = Object.entries(texts).map(([name, text]) => [name, changeOf(text)] as const);
    save.mutate({ scope, rules: Object.fromEntries(changes.filter(([, change]) => change)) as RuleChanges, hours });
  };
  return (
    <form onSubmit={onSubmit(go)}>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by the keyboard */}
      <section className="scroll" aria-label={words.table(scope)} tabIndex={0}>
        <table className="table rules">
          <thead>
            <tr>
              {words.columns.map((column) => (
                <th key={column} scope="col">
                  {column}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {Object.entries(answer.rules).map(([name, rule]) => (
              <RuleLine
                key={name}
                name={name}
                rule={rule}
                text={texts[name] ?? textOf(undefined)}
                isLocked={!may("manage")}
                onText={(text) => setTexts({ ...texts, [name]: text })}
              />
            ))}
          </tbody>
        </table>
      </section>
      <Wrong problem={save.problem} />
      {may("manage") && (
        <p className="form-end">
          <button type="submit" className="primary" disabled={save.isPending}>
            {messages.common.save}
          </button>
          <span role="status">{save.isSuccess ? messages.common.saved : ""}</span>
        </p>
      )}
    </form>
  );
}

interface RuleLineProps {
  name: string;
  rule: EffectiveRule;
  text: RuleText;
  isLocked: boolean;
  onText(text: RuleText): void;
}

function RuleLine({ name, rule, text, isLocked, onText }: RuleLineProps) {
  const isYesNo = rule.unit === "";
  return (
    <tr>
      <th scope="row">
        {name}
        <small>{rule.unit}</small>
      </th>
      <td>
        <select
          aria-label={words.field(name, words.enabled)}
          disabled={isLocked}
          value={text.enabled}
          onChange={(event) => onText({ ...text, enabled: event.target.value as RuleText["enabled"] })}
        >
          <option value="">{words.asDefault(words.on)}</option>
          <option value="on">{words.on}</option>
          <option value="off">{words.off}</option>
        </select>
      </td>
      <td>
        <select
          aria-label={words.field(name, words.severity)}
          disabled={isLocked}
          value={text.severity}
          onChange={(event) => onText({ ...text, severity: event.target.value as RuleText["severity"] })}
        >
          <option value="">{words.asDefault(messages.severity[rule.severity])}</option>
          {Object.entries(messages.severity).map(([value, label]) => (
            <option key={value} value={value}>
              {label}
            </option>
          ))}
        </select>
      </td>
      {NUMBERS.map((field) => (
        <td key={field}>
          {isYesNo && (field === "raise" || field === "clear") ? (
            <span className="muted">{words.yesNo}</span>
          ) : (
            <input
              inputMode="decimal"
              size={6}
              disabled={isLocked}
              aria-label={words.field(name, words.numbers[field])}
              placeholder={defaultOf(rule, field)}
              value={text[field]}
              onChange={(event) => onText({ ...text, [field]: event.target.value })}
            />
          )}
        </td>
      ))}
    </tr>
  );
}
