/** Name and password into a session; the page that was asked for follows. */
import { useState } from "react";
import { login } from "../api/session.js";
import { Field, onSubmit, useDeed, Wrong } from "../components/form.js";
import { messages } from "../messages.js";
import { useNewSession } from "../use-auth.js";

export function LoginPage({ ended }: { ended: boolean }) {
  const begin = useNewSession();
  const [name, setName] = useState("");
  const [password, setPassword] = useState("");
  const deed = useDeed(login, begin);
  const { problem } = deed;
  return (
    <section className="door">
      <h1>{messages.login.title}</h1>
      {ended && <p className="notice">{messages.login.ended}</p>}
      <form onSubmit={onSubmit(() => deed.mutate({ name: name.trim(), password }))}>
        <Field label={messages.login.name} name="name" problem={problem}>
          {(control) => (
            <input
              {...control}
              required
              // biome-ignore lint/a11y/noAutofocus: the page has nothing else to do
              autoFocus
              autoComplete="username"
              value={name}
              onChange={(event) => setName(event.target.value)}
            />
          )}
        </Field>
        <Field label={messages.login.password} name="password" problem={problem}>
          {(control) => (
            <input
              {...control}
              required
              type="password"
              autoComplete="current-password"
              value={password}
              onChange={(event) => setPassword(event.target.value)}
            />
          )}
        </Field>
        <Wrong problem={problem} fields={["name", "password"]} />
        <button type="submit" className="primary" disabled={deed.isPending}>
          {deed.isPending ? messages.login.going : messages.login.go}
        </button>
      </form>
      <p className="muted">{messages.login.forgotten}</p>
    </section>
  );
}
