/** Nobody manages this cloud yet: a name and a password make its first admin. */
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { beginUsers } from "../api/session.js";
import { Field, onSubmit, useDeed, Wrong } from "../components/form.js";
import { messages } from "../messages.js";
import { useAuth, useNewSession } from "../use-auth.js";

/** As the cloud wants it. */
const MIN_PASSWORD = 10;

export function WelcomePage() {
  const { firstRun } = useAuth();
  return (
    <section className="door">
      <h1>{messages.welcome.title}</h1>
      {firstRun ? <FirstAdmin /> : <NextSteps />}
    </section>
  );
}

function FirstAdmin() {
  const begin = useNewSession();
  const { user } = useAuth();
  const [name, setName] = useState("");
  const [password, setPassword] = useState("");
  const [token, setToken] = useState("");
  const deed = useDeed(beginUsers, begin);
  const { problem } = deed;
  const needsToken = user === null;
  const { welcome } = messages;
  return (
    <>
      <p>{welcome.intro}</p>
      <form onSubmit={onSubmit(() => deed.mutate({ name: name.trim(), password, token: token.trim() }))}>
        <Field label={welcome.name} name="name" problem={problem} hint={welcome.nameHint}>
          {(control) => (
            <input
              {...control}
              required
              maxLength={64}
              // biome-ignore lint/a11y/noAutofocus: the page has nothing else to do
              autoFocus
              autoComplete="username"
              value={name}
              onChange={(event) => setName(event.target.value)}
            />
          )}
        </Field>
        <Field label={welcome.password} name="password" problem={problem} hint={welcome.passwordHint(password.length)}>
          {(control) => (
            <input
              {...control}
              required
              type="password"
              minLength={MIN_PASSWORD}
              maxLength={200}
              autoComplete="new-password"
              value={password}
              onChange={(event) => setPassword(event.target.value)}
            />
          )}
        </Field>
        {needsToken && (
          <Field label={welcome.token} name="Authorization" problem={problem} hint={welcome.tokenHint}>
            {(control) => (
              <input
                {...control}
                required
                type="password"
                autoComplete="off"
                value={token}
                onChange={(event) => setToken(event.target.value)}
              />
            )}
          </Field>
        )}
        <Wrong problem={problem} fields={["name", "password", ...(needsToken ? ["Authorization"] : [])]} />
        <button type="submit" className="primary" disabled={deed.isPending}>
          {deed.isPending ? welcome.going : welcome.go}
        </button>
      </form>
    </>
  );
}

function NextSteps() {
  const { welcome } = messages;
  return (
    <>
      <p>{welcome.done}</p>
      <p className="door-links">
        <Link to="/claim" className="button primary">
          {welcome.claim}
        </Link>
        <Link to="/" className="button">
          {welcome.fleet}
        </Link>
        <Link to="/settings" search={{ tab: "users" }} className="button">
          {welcome.users}
        </Link>
      </p>
    </>
  );
}
