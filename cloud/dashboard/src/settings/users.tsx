/** Who has an account, with which role; new ones, new passwords, and ends. */
import type { Role, UserView } from "@tactus/cloud";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { addUser, changeUser, listUsers, removeUser } from "../api/admin.js";
import { Field, onSubmit, useDeed, Wrong } from "../components/form.js";
import { Asked } from "../components/query-states.js";
import { dayText } from "../format.js";
import { messages } from "../messages.js";
import { useAuth } from "../use-auth.js";

const { users: words } = messages.settings;
const KEY = ["users"] as const;

export function Users() {
  const queries = useQueryClient();
  const again = () => queries.invalidateQueries({ queryKey: KEY });
  const query = useQuery({ queryKey: KEY, queryFn: ({ signal }) => listUsers(signal) });
  return (
    <>
      <section className="card" aria-labelledby="users-title">
        <h2 id="users-title">{words.title}</h2>
        <Asked query={query} rows={2}>
          {({ users }) => (
            <ul className="lines">
              {users.map((user) => (
                <UserLine key={user.id} user={user} onChanged={again} />
              ))}
            </ul>
          )}
        </Asked>
      </section>
      <NewUser onDone={again} />
    </>
  );
}

function UserLine({ user, onChanged }: { user: UserView; onChanged(): unknown }) {
  const { user: me } = useAuth();
  const change = useDeed((body: Parameters<typeof changeUser>[1]) => changeUser(user.id, body), onChanged);
  const remove = useDeed(() => removeUser(user.id), onChanged);
  const [asking, setAsking] = useState(false);
  const { name, role, disabled, lastLoginUs } = user;
  const isMe = name === me?.name;
  const lastLogin = lastLoginUs === 0 ? messages.common.never : dayText(lastLoginUs);
  return (
    <li>
      <strong>{isMe ? words.me(name) : name}</strong>
      <small>{words.about(lastLogin, disabled)}</small>
      <span className="line-end">
        <select
          aria-label={words.roleOf(name)}
          value={role}
          disabled={change.isPending}
          onChange={(event) => change.mutate({ role: event.target.value as Role })}
        >
          {(Object.keys(words.roles) as Role[]).map((one) => (
            <option key={one} value={one}>
              {words.roles[one]}
            </option>
          ))}
        </select>
        {!isMe && (
          <button type="button" className="quiet" onClick={() => change.mutate({ disabled: !disabled })}>
            {disabled ? words.enable : words.disable}
          </button>
        )}
        {!isMe &&
          (asking ? (
            <>
              <button type="button" className="danger" onClick={() => remove.mutate(undefined)}>
                {words.removeSure(name)}
              </button>
              <button type="button" className="quiet" onClick={() => setAsking(false)}>
                {messages.common.cancel}
              </button>
            </>
          ) : (
            <button type="button" className="quiet" aria-label={words.remove(name)} onClick={() => setAsking(true)}>
              {messages.common.remove}
            </button>
          ))}
      </span>
      <Wrong problem={change.problem ?? remove.problem} />
    </li>
  );
}

function NewUser({ onDone }: { onDone(): unknown }) {
  const [name, setName] = useState("");
  const [password, setPassword] = useState("");
  const [role, setRole] = useState<Role>("operator");
  const add = useDeed(addUser, () => {
    setName("");
    setPassword("");
    onDone();
  });
  return (
    <section className="card" aria-labelledby="new-user-title">
      <h2 id="new-user-title">{words.add}</h2>
      <form className="form-row" onSubmit={onSubmit(() => add.mutate({ name: name.trim(), password, role }))}>
        <Field label={words.name} name="name" problem={add.problem}>
          {(control) => (
            <input
              {...control}
              required
              autoComplete="off"
              value={name}
              onChange={(event) => setName(event.target.value)}
            />
          )}
        </Field>
        <Field label={words.password} name="password" problem={add.problem} hint={words.passwordHint}>
          {(control) => (
            <input
              {...control}
              required
              type="password"
              minLength={10}
              autoComplete="new-password"
              value={password}
              onChange={(event) => setPassword(event.target.value)}
            />
          )}
        </Field>
        <Field label={words.role} name="role" problem={add.problem} hint={words.roleHints[role]}>
          {(control) => (
            <select {...control} value={role} onChange={(event) => setRole(event.target.value as Role)}>
              {(Object.keys(words.roles) as Role[]).map((one) => (
                <option key={one} value={one}>
                  {words.roles[one]}
                </option>
              ))}
            </select>
          )}
        </Field>
        <Wrong problem={add.problem} fields={["name", "password", "role"]} />
        <button type="submit" disabled={add.isPending}>
          {words.go}
        </button>
      </form>
    </section>
  );
}
