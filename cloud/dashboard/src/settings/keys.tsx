/** Keys for programs: what each may do, until when, and its end. */
import type { KeyView, Permission } from "@tactus/cloud";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { addKey, listKeys, removeKey } from "../api/admin.js";
import { Field, onSubmit, useDeed, Wrong } from "../components/form.js";
import { Asked, Empty } from "../components/query-states.js";
import { SecretOnce } from "../components/secret-once.js";
import { dayText } from "../format.js";
import { messages } from "../messages.js";
import { useAuth } from "../use-auth.js";

const { keys: words } = messages.settings;
const KEY = ["keys"] as const;
const DAY_US = 86_400e6;
const DAYS = [0, 30, 90, 365] as const;

export function Keys() {
  const { user } = useAuth();
  const queries = useQueryClient();
  const again = () => queries.invalidateQueries({ queryKey: KEY });
  const query = useQuery({ queryKey: KEY, queryFn: ({ signal }) => listKeys(signal) });
  return (
    <>
      <section className="card" aria-labelledby="keys-title">
        <h2 id="keys-title">{words.title}</h2>
        <Asked query={query} rows={2}>
          {({ keys }) =>
            keys.length === 0 ? (
              <Empty title={words.none}>
                <p className="muted">{words.noneWhy}</p>
              </Empty>
            ) : (
              <ul className="lines">
                {keys.map((key) => (
                  <KeyLine key={key.id} view={key} onGone={again} />
                ))}
              </ul>
            )
          }
        </Asked>
      </section>
      {user?.kind === "user" ? <NewKey onDone={again} /> : <p className="muted">{words.needsUser}</p>}
    </>
  );
}

function KeyLine({ view, onGone }: { view: KeyView; onGone(): unknown }) {
  const remove = useDeed(() => removeKey(view.id), onGone);
  const until = view.expiresUs === 0 ? messages.common.never : dayText(view.expiresUs);
  const used = view.lastUsedUs === 0 ? messages.common.never : dayText(view.lastUsedUs);
  return (
    <li>
      <strong>{view.name}</strong>
      <small>{words.about(view.scopes.map((scope) => words.scopes[scope]).join(", "), until, used)}</small>
      <button
        type="button"
        className="quiet line-end"
        aria-label={words.remove(view.name)}
        onClick={() => remove.mutate(undefined)}
      >
        {messages.common.remove}
      </button>
      <Wrong problem={remove.problem} />
    </li>
  );
}

function NewKey({ onDone }: { onDone(): unknown }) {
  const { may } = useAuth();
  const [name, setName] = useState("");
  const [scopes, setScopes] = useState<Permission[]>(["read"]);
  const [days, setDays] = useState<number>(DAYS[2]);
  const add = useDeed(addKey, () => {
    setName("");
    onDone();
  });
  const toggle = (scope: Permission, on: boolean) =>
    setScopes(on ? [...scopes, scope] : scopes.filter((one) => one !== scope));
  const go = () => add.mutate({ name, scopes, expiresUs: days === 0 ? 0 : Date.now() * 1000 + days * DAY_US });
  return (
    <section className="card" aria-labelledby="new-key-title">
      <h2 id="new-key-title">{words.add}</h2>
      <form onSubmit={onSubmit(go)}>
        <Field label={words.name} name="name" problem={add.problem} hint={words.nameHint}>
          {(control) => (
            <input
              {...control}
              required
              maxLength={80}
              autoComplete="off"
              value={name}
              onChange={(event) => setName(event.target.value)}
            />
          )}
        </Field>
        <fieldset className="checks">
          <legend>{words.may}</legend>
          {(Object.keys(words.scopes) as Permission[])
            .filter((scope) => may(scope))
            .map((scope) => (
              <label key={scope} className="check">
                <input
                  type="checkbox"
                  checked={scopes.includes(scope)}
                  onChange={(event) => toggle(scope, event.target.checked)}
                />
                {words.scopes[scope]}
              </label>
            ))}
        </fieldset>
        <Field label={words.until} name="expiresUs" problem={add.problem}>
          {(control) => (
            <select {...control} value={days} onChange={(event) => setDays(Number(event.target.value))}>
              {DAYS.map((count) => (
                <option key={count} value={count}>
                  {words.days(count)}
                </option>
              ))}
            </select>
          )}
        </Field>
        <Wrong problem={add.problem} fields={["name", "expiresUs"]} />
        <button type="submit" disabled={add.isPending || scopes.length === 0}>
          {words.go}
        </button>
      </form>
      {add.data && <SecretOnce secret={add.data.secret} what={words.once} />}
    </section>
  );
}
