/** Alerts by state and severity, and what can be done about each. */
import type { StoredAlert } from "@tactus/cloud";
import { useInfiniteQuery, useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { useState } from "react";
import { acknowledgeAlert, clearAlert, listAlerts, putMute } from "../api/alerts.js";
import { onSubmit, useDeed, Wrong } from "../components/form.js";
import { Asked, Empty } from "../components/query-states.js";
import { useNow } from "../components/use-now.js";
import { agoText, momentText } from "../format.js";
import { messages } from "../messages.js";
import { useAuth } from "../use-auth.js";

const { alerts } = messages;
const AGAIN_MS = 10_000;
const HOUR_S = 3600;

export function AlertList() {
  const { tab: _, ...search } = useSearch({ from: "/alerts" });
  const navigate = useNavigate({ from: "/alerts" });
  const filter = { ...search, state: search.state ?? "open" };
  const query = useInfiniteQuery({
    queryKey: ["alerts", "list", filter],
    queryFn: ({ pageParam, signal }) =>
      listAlerts(
        { ...filter, state: filter.state === "all" ? undefined : filter.state, before: pageParam, limit: 50 },
        signal,
      ),
    initialPageParam: undefined as number | undefined,
    getNextPageParam: ({ before }) => before ?? undefined,
    refetchInterval: AGAIN_MS,
  });
  const choose = (change: Partial<typeof search>) =>
    void navigate({
      search: Object.fromEntries(Object.entries({ ...search, ...change }).filter(([, value]) => value !== "")),
    });
  return (
    <>
      <search className="toolbar">
        <Choice
          label={alerts.state}
          value={filter.state}
          options={alerts.states}
          onChoose={(state) => choose({ state })}
        />
        <Choice
          label={alerts.severity}
          value={search.severity ?? ""}
          options={{ "": alerts.anySeverity, ...messages.severity }}
          onChoose={(severity) => choose({ severity })}
        />
        <input
          type="search"
          aria-label={alerts.device}
          placeholder={alerts.device}
          defaultValue={search.device ?? ""}
          onBlur={(event) => choose({ device: event.target.value.trim() })}
          onKeyDown={(event) => {
            if (event.key === "Enter") choose({ device: event.currentTarget.value.trim() });
          }}
        />
      </search>
      <Asked query={query} rows={5}>
        {({ pages }) => {
          const found = pages.flatMap((page) => page.alerts);
          if (found.length === 0)
            return (
              <Empty title={filter.state === "open" ? alerts.noneOpen : alerts.none}>
                <p className="muted">{alerts.noneWhy}</p>
              </Empty>
            );
          return (
            <ul className="alerts" aria-label={alerts.title}>
              {found.map((alert) => (
                <AlertItem key={alert.id} alert={alert} />
              ))}
            </ul>
          );
        }}
      </Asked>
      {query.hasNextPage && (
        <button type="button" disabled={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
          {query.isFetchingNextPage ? messages.common.loadingMore : messages.common.more}
        </button>
      )}
    </>
  );
}

interface ChoiceProps {
  label: string;
  value: string;
  options: Readonly<Record<string, string>>;
  onChoose(value: string): void;
}

function Choice({ label, value, options, onChoose }: ChoiceProps) {
  return (
    <select aria-label={label} value={value} onChange={(event) => onChoose(event.target.value)}>
      {Object.entries(options).map(([option, text]) => (
        <option key={option} value={option}>
          {text}
        </option>
      ))}
    </select>
  );
}

function AlertItem({ alert }: { alert: StoredAlert }) {
  const now = useNow(10_000);
  const { id, subject, rule, severity, state, message, remedy } = alert;
  return (
    <li className={`alert alert-${severity} alert-${state}`} data-testid={`alert-${id}`}>
      <p className="alert-head">
        <em
          className={`chip ${severity === "critical" ? "chip-bad" : severity === "warning" ? "chip-warn" : "chip-good"}`}
        >
          {messages.severity[severity]}
        </em>
        {subject === "cloud" ? (
          <span>{alerts.cloud}</span>
        ) : (
          <Link to="/devices/$id" params={{ id: subject }}>
            {subject}
          </Link>
        )}
        <span className="muted">{rule}</span>
        <time
          className="muted"
          dateTime={new Date(alert.raisedUs / 1000).toISOString()}
          title={momentText(alert.raisedUs)}
        >
          {agoText(alert.raisedUs, now)}
        </time>
      </p>
      <p>
        <strong>{message}</strong>. {remedy}
      </p>
      <Fate alert={alert} />
      {state !== "cleared" && <Deeds alert={alert} />}
    </li>
  );
}

function Fate({
  alert: { state, acknowledgedBy, acknowledgedUs, note, clearedBy, clearedUs },
}: {
  alert: StoredAlert;
}) {
  if (state === "raised") return null;
  return (
    <p className="muted">
      {acknowledgedUs > 0 && alerts.acknowledged(acknowledgedBy, momentText(acknowledgedUs))}
      {note !== "" && ` “${note}”`}
      {state === "cleared" && ` ${alerts.cleared(clearedBy, momentText(clearedUs))}`}
    </p>
  );
}

function Deeds({ alert: { id, subject, rule, state } }: { alert: StoredAlert }) {
  const { may } = useAuth();
  const queries = useQueryClient();
  const again = () => queries.invalidateQueries({ queryKey: ["alerts"] });
  const [note, setNote] = useState("");
  const acknowledge = useDeed(() => acknowledgeAlert(id, note), again);
  const clear = useDeed(() => clearAlert(id, note), again);
  const mute = useDeed(
    () =>
      putMute({
        scope: subject === "cloud" ? "cloud" : `device:${subject}`,
        forS: HOUR_S,
        reason: note,
        ...(rule.startsWith("device:") ? {} : { rules: [rule] }),
      }),
    again,
  );
  if (!may("operate")) return null;
  const busy = acknowledge.isPending || clear.isPending || mute.isPending;
  return (
    <form className="alert-deeds" onSubmit={onSubmit(() => acknowledge.mutate(undefined))}>
      <input
        aria-label={alerts.note}
        placeholder={alerts.note}
        maxLength={400}
        value={note}
        onChange={(event) => setNote(event.target.value)}
      />
      {state === "raised" && (
        <button type="submit" disabled={busy}>
          {alerts.acknowledge}
        </button>
      )}
      <button type="button" disabled={busy} onClick={() => clear.mutate(undefined)}>
        {alerts.clear}
      </button>
      {may("manage") && (
        <button
          type="button"
          className="quiet"
          disabled={busy || mute.isSuccess}
          onClick={() => mute.mutate(undefined)}
        >
          {mute.isSuccess ? alerts.muted : alerts.mute}
        </button>
      )}
      <Wrong problem={acknowledge.problem ?? clear.problem ?? mute.problem} />
    </form>
  );
}
