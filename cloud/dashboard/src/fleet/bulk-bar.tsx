/** What to do with the rooms that are picked, how far it is, and the way back. */
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { listModels } from "../api/fleet.js";
import { onSubmit } from "../components/form.js";
import { useCloud } from "../context.js";
import { pageNowUs } from "../frame-loop.js";
import { messages } from "../messages.js";
import type { BulkDeed } from "./bulk.js";
import { changeTags, mute, pin, restart, setLogLevel, type TagBook } from "./bulk-deeds.js";
import { tagsOf } from "./claim-code.js";
import type { BulkRun } from "./use-bulk.js";

const { bulk } = messages.fleet;

type Action = "tag" | "untag" | "restart" | "log" | "mute" | "unmute" | "pin" | "unpin";
const ACTIONS: Action[] = ["tag", "untag", "restart", "log", "mute", "unmute", "pin", "unpin"];
const LEVELS = ["trace", "debug", "info", "warn", "error"] as const;
const HOUR_S = 3600;
const MUTES = [HOUR_S, 4 * HOUR_S, 24 * HOUR_S, 7 * 24 * HOUR_S];

interface BulkBarProps {
  count: number;
  isBusy: boolean;
  onGo(title: string, deed: BulkDeed): void;
  onClear(): void;
}

export function BulkBar({ count, isBusy, onGo, onClear }: BulkBarProps) {
  const { store } = useCloud();
  const [action, setAction] = useState<Action>("tag");
  const [value, setValue] = useState("");
  const choose = (next: Action) => {
    setAction(next);
    setValue(FIRST[next] ?? "");
  };
  const book: TagBook = {
    present: (device) => store.view().devices.get(device)?.tags ?? [],
    learn: (detail) => store.take({ type: "watching", devices: [detail] }, pageNowUs()),
  };
  const go = () => {
    const deed = deedOf(action, value, book);
    if (deed) onGo(bulk.actions[action], deed);
  };
  return (
    <form className="bulk" aria-label={bulk.label} onSubmit={onSubmit(go)}>
      <strong>{bulk.picked(count)}</strong>
      <select aria-label={bulk.action} value={action} onChange={(event) => choose(event.target.value as Action)}>
        {ACTIONS.map((name) => (
          <option key={name} value={name}>
            {bulk.actions[name]}
          </option>
        ))}
      </select>
      <Value action={action} value={value} onValue={setValue} />
      <button type="submit" className="primary" disabled={isBusy || count === 0}>
        {bulk.go(count)}
      </button>
      <button type="button" className="quiet" onClick={onClear}>
        {bulk.clear}
      </button>
    </form>
  );
}

/** What a choice begins with. */
const FIRST: Partial<Record<Action, string>> = { restart: "hearing", log: "debug", mute: String(HOUR_S) };

interface ValueProps {
  action: Action;
  value: string;
  onValue(value: string): void;
}

function Value({ action, value, onValue }: ValueProps) {
  if (action === "tag" || action === "untag")
    return (
      <input
        required
        aria-label={bulk.tags}
        placeholder={bulk.tags}
        value={value}
        onChange={(event) => onValue(event.target.value)}
      />
    );
  if (action === "restart")
    return <Options label={bulk.part} value={value} onValue={onValue} options={Object.entries(bulk.parts)} />;
  if (action === "log")
    return (
      <Options label={bulk.level} value={value} onValue={onValue} options={LEVELS.map((level) => [level, level])} />
    );
  if (action === "mute")
    return (
      <Options
        label={bulk.forHow}
        value={value}
        onValue={onValue}
        options={MUTES.map((forS) => [String(forS), bulk.hours(forS / HOUR_S)])}
      />
    );
  return action === "pin" ? <Models value={value} onValue={onValue} /> : null;
}

function Models({ value, onValue }: Omit<ValueProps, "action">) {
  const { data } = useQuery({ queryKey: ["models"], queryFn: ({ signal }) => listModels(signal) });
  const published = (data?.models ?? []).filter(({ state }) => state === "published");
  const options = published.map(({ name, version }) => [`${name} ${version}`, `${name} ${version}`] as const);
  const first = data && options.length === 0 ? bulk.noModels : bulk.chooseModel;
  return <Options label={bulk.model} value={value} onValue={onValue} options={[["", first], ...options]} />;
}

interface OptionsProps extends Omit<ValueProps, "action"> {
  label: string;
  options: readonly (readonly [string, string])[];
}

function Options({ label, value, onValue, options }: OptionsProps) {
  return (
    <select required aria-label={label} value={value} onChange={(event) => onValue(event.target.value)}>
      {options.map(([option, text]) => (
        <option key={option} value={option}>
          {text}
        </option>
      ))}
    </select>
  );
}

function deedOf(action: Action, value: string, book: TagBook): BulkDeed | undefined {
  const [name = "", version = ""] = value.split(" ");
  switch (action) {
    case "tag":
      return changeTags({ add: tagsOf(value), remove: [] }, book);
    case "untag":
      return changeTags({ add: [], remove: tagsOf(value) }, book);
    case "restart":
      return restart(value as keyof typeof bulk.parts);
    case "log":
      return setLogLevel(value as (typeof LEVELS)[number]);
    case "mute":
      return mute(Number(value), "");
    case "unmute":
      return mute(0, "");
    case "pin":
      return version === "" ? undefined : pin({ name, version });
    case "unpin":
      return pin(undefined);
  }
}

interface BulkFateProps {
  run: BulkRun;
  onStop(): void;
  onUndo(): void;
  onDismiss(): void;
}

export function BulkFate({ run, onStop, onUndo, onDismiss }: BulkFateProps) {
  const { progress, isRunning, isUndo } = run;
  const title = isUndo ? bulk.undoing(run.title) : run.title;
  return (
    <section className="bulk-fate" aria-label={title}>
      <p role="status">{isRunning ? bulk.running(title, progress.done, progress.all) : bulk.ended(title, progress)}</p>
      <progress max={Math.max(1, progress.all)} value={progress.done} aria-label={title} />
      <p className="bulk-buttons">
        {isRunning && (
          <button type="button" onClick={onStop}>
            {bulk.stop}
          </button>
        )}
        {!isRunning && !isUndo && progress.ways.length > 0 && (
          <button type="button" onClick={onUndo}>
            {messages.common.undo}
          </button>
        )}
        {!isRunning && (
          <button type="button" className="quiet" onClick={onDismiss}>
            {messages.common.close}
          </button>
        )}
      </p>
      {progress.failures.length > 0 && (
        <details>
          <summary>{bulk.failures(progress.failures.length)}</summary>
          <ul>
            {progress.failures.slice(0, 200).map(({ device, why }) => (
              <li key={device}>
                {device}: {why}
              </li>
            ))}
          </ul>
        </details>
      )}
    </section>
  );
}
