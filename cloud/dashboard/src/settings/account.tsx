/** One's own: who one is, the password, the colours, the way out. */
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { changePassword, logout } from "../api/session.js";
import { Field, onSubmit, useDeed, Wrong } from "../components/form.js";
import { messages } from "../messages.js";
import { chooseTheme, type ThemeChoice, themeChoice } from "../theme.js";
import { useAuth, useNewSession } from "../use-auth.js";

const { account } = messages.settings;

export function Account() {
  const { user, firstRun, may } = useAuth();
  const begin = useNewSession();
  const leave = useDeed(logout, begin);
  return (
    <>
      <section className="card" aria-labelledby="who-title">
        <h2 id="who-title">{account.who}</h2>
        <p>{account.is(user?.name ?? "", may("manage") ? "admin" : may("operate") ? "operator" : "viewer")}</p>
        {user?.kind === "user" ? (
          <button type="button" disabled={leave.isPending} onClick={() => leave.mutate(undefined)}>
            {account.logout}
          </button>
        ) : (
          firstRun && (
            <p>
              {messages.access.offer} <Link to="/welcome">{messages.access.makeAdmin}</Link>
            </p>
          )
        )}
        <Wrong problem={leave.problem} />
      </section>
      <Colours />
      {user?.kind === "user" && <Password />}
    </>
  );
}

function Colours() {
  const [choice, setChoice] = useState(themeChoice);
  return (
    <fieldset className="card">
      <legend>{account.colours}</legend>
      {(Object.keys(account.themes) as ThemeChoice[]).map((theme) => (
        <label key={theme} className="check">
          <input
            type="radio"
            name="theme"
            checked={choice === theme}
            onChange={() => {
              chooseTheme(theme);
              setChoice(theme);
            }}
          />
          {account.themes[theme]}
        </label>
      ))}
    </fieldset>
  );
}

function Password() {
  const { user } = useAuth();
  const begin = useNewSession();
  const [present, setPresent] = useState("");
  const [next, setNext] = useState("");
  const change = useDeed(changePassword, async () => {
    setPresent("");
    setNext("");
    await begin();
  });
  return (
    <section className="card" aria-labelledby="password-title">
      <h2 id="password-title">{account.password}</h2>
      <form onSubmit={onSubmit(() => change.mutate({ present, next }))}>
        <input type="text" autoComplete="username" value={user?.name ?? ""} readOnly hidden />
        <Field label={account.present} name="present" problem={change.problem}>
          {(control) => (
            <input
              {...control}
              required
              type="password"
              autoComplete="current-password"
              value={present}
              onChange={(event) => setPresent(event.target.value)}
            />
          )}
        </Field>
        <Field label={account.next} name="password" problem={change.problem} hint={account.nextHint}>
          {(control) => (
            <input
              {...control}
              required
              type="password"
              minLength={10}
              autoComplete="new-password"
              value={next}
              onChange={(event) => setNext(event.target.value)}
            />
          )}
        </Field>
        <Wrong problem={change.problem} fields={["present", "password"]} />
        <p className="form-end">
          <button type="submit" disabled={change.isPending}>
            {account.change}
          </button>
          <span role="status">{change.isSuccess ? account.changed : ""}</span>
        </p>
      </form>
    </section>
  );
}
