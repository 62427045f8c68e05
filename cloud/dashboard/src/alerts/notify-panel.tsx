/** Who is told of alerts: webhooks, mail, and what became of each message. */
import type { StoredDelivery } from "@tactus/cloud";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import {
  addWebhook,
  listDeliveries,
  listWebhooks,
  type NewWebhook,
  removeWebhook,
  resendDelivery,
  type TestAnswer,
  testMail,
  testWebhook,
  type Webhook,
} from "../api/alerts.js";
import { Field, onSubmit, useDeed, Wrong } from "../components/form.js";
import { Asked, Empty } from "../components/query-states.js";
import { SecretOnce } from "../components/secret-once.js";
import { momentText } from "../format.js";
import { messages } from "../messages.js";

const { notify } = messages.alerts;
const HOOKS = ["webhooks"] as const;
const DELIVERIES = ["deliveries"] as const;

export function NotifyPanel() {
  return (
    <>
      <Webhooks />
      <Mail />
      <Deliveries />
    </>
  );
}

function Webhooks() {
  const queries = useQueryClient();
  const again = () => queries.invalidateQueries({ queryKey: HOOKS });
  const query = useQuery({ queryKey: HOOKS, queryFn: ({ signal }) => listWebhooks(signal) });
  return (
    <section className="card" aria-labelledby="webhooks-title">
      <h2 id="webhooks-title">{notify.webhooks}</h2>
      <Asked query={query} rows={2}>
        {({ webhooks }) =>
          webhooks.length === 0 ? (
            <Empty title={notify.noWebhooks}>
              <p className="muted">{notify.noWebhooksWhy}</p>
            </Empty>
          ) : (
            <ul className="lines">
              {webhooks.map((webhook) => (
                <WebhookLine key={webhook.id} webhook={webhook} onGone={again} />
              ))}
            </ul>
          )
        }
      </Asked>
      <NewWebhookForm onDone={again} />
    </section>
  );
}

function WebhookLine({ webhook, onGone }: { webhook: Webhook; onGone(): unknown }) {
  const test = useDeed(() => testWebhook(webhook.id));
  const remove = useDeed(() => removeWebhook(webhook.id), onGone);
  const name = webhook.name || webhook.origin;
  return (
    <li>
      <strong>{name}</strong>
      <small>{notify.about(webhook.origin, messages.severity[webhook.minSeverity], webhook.events.join(", "))}</small>
      <span className="line-end">
        <TestFate answer={test.data} />
        <button
          type="button"
          disabled={test.isPending}
          aria-label={notify.testOf(name)}
          onClick={() => test.mutate(undefined)}
        >
          {notify.test}
        </button>
        <button
          type="button"
          className="quiet"
          aria-label={notify.removeOf(name)}
          onClick={() => remove.mutate(undefined)}
        >
          {messages.common.remove}
        </button>
      </span>
      <Wrong problem={test.problem ?? remove.problem} />
    </li>
  );
}

function TestFate({ answer }: { answer: TestAnswer | undefined }) {
  return (
    <span role="status" className={answer?.ok ? "fate-good" : "fate-bad"}>
      {answer && (answer.ok ? notify.arrived : notify.refused(answer.reason || String(answer.status ?? "")))}
    </span>
  );
}

const EMPTY: NewWebhook = { url: "", name: "", minSeverity: "warning", events: ["raised", "cleared"] };

function NewWebhookForm({ onDone }: { onDone(): unknown }) {
  const [hook, setHook] = useState(EMPTY);
  const add = useDeed(addWebhook, () => {
    setHook(EMPTY);
    onDone();
  });
  return (
    <form className="form-row" onSubmit={onSubmit(() => add.mutate(hook))}>
      <Field label={notify.url} name="url" problem={add.problem} hint={notify.urlHint}>
        {(control) => (
          <input
            {...control}
            required
            type="url"
            placeholder="https://example.org/hook"
            value={hook.url}
            onChange={(event) => setHook({ ...hook, url: event.target.value })}
          />
        )}
      </Field>
      <Field label={notify.name} name="name" problem={add.problem}>
        {(control) => (
          <input
            {...control}
            maxLength={80}
            value={hook.name}
            onChange={(event) => setHook({ ...hook, name: event.target.value })}
          />
        )}
      </Field>
      <Field label={notify.from} name="minSeverity" problem={add.problem}>
        {(control) => (
          <select
            {...control}
            value={hook.minSeverity}
            onChange={(event) => setHook({ ...hook, minSeverity: event.target.value as NewWebhook["minSeverity"] })}
          >
            {Object.entries(messages.severity).map(([value, label]) => (
              <option key={value} value={value}>
                {label}
              </option>
            ))}
          </select>
        )}
      </Field>
      <Wrong problem={add.problem} fields={["url", "name", "minSeverity"]} />
      <button type="submit" disabled={add.isPending}>
        {notify.add}
      </button>
      {add.data && <SecretOnce secret={add.data.secret} what={notify.secret} />}
    </form>
  );
}

function Mail() {
  const test = useDeed(testMail);
  return (
    <section className="card" aria-labelledby="mail-title">
      <h2 id="mail-title">{notify.mail}</h2>
      <p className="muted">{notify.mailWhy}</p>
      <p className="form-end">
        <button type="button" disabled={test.isPending} onClick={() => test.mutate(undefined)}>
          {notify.testMail}
        </button>
        <TestFate answer={test.data} />
      </p>
      <Wrong problem={test.problem} />
    </section>
  );
}

function Deliveries() {
  const queries = useQueryClient();
  const query = useQuery({
    queryKey: DELIVERIES,
    queryFn: ({ signal }) => listDeliveries(signal),
    refetchInterval: 10_000,
  });
  const resend = useDeed(resendDelivery, () => queries.invalidateQueries({ queryKey: DELIVERIES }));
  return (
    <section className="card" aria-labelledby="deliveries-title">
      <h2 id="deliveries-title">{notify.deliveries}</h2>
      <Wrong problem={resend.problem} />
      <Asked query={query} rows={3}>
        {({ deliveries }) =>
          deliveries.length === 0 ? (
            <Empty title={notify.noDeliveries} />
          ) : (
            <ul className="lines">
              {deliveries.map((delivery) => (
                <DeliveryLine key={delivery.id} delivery={delivery} onResend={() => resend.mutate(delivery.id)} />
              ))}
            </ul>
          )
        }
      </Asked>
    </section>
  );
}

function DeliveryLine({ delivery, onResend }: { delivery: StoredDelivery; onResend(): void }) {
  const { state, target, attempts, queuedUs, lastError, notice } = delivery;
  return (
    <li>
      <strong>{notice.data.title}</strong>
      <small>
        {notify.delivery(notify.states[state], target, attempts, momentText(queuedUs))}
        {lastError !== "" && ` · ${lastError}`}
      </small>
      {state === "dead" && (
        <button type="button" className="line-end" onClick={onResend}>
          {notify.resend}
        </button>
      )}
    </li>
  );
}
