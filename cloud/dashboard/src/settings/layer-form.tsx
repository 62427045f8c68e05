/** One layer of configuration: what it says, what holds otherwise, who changed it, and the way back. */
import type { LayerAnswer } from "@tactus/cloud";
import { REMOTE_DEFAULTS } from "@tactus/shared";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { type ConfigLayer, getLayer, patchLayer, undoLayer } from "../api/fleet.js";
import { type Deed, Field, type FieldControl, onSubmit, useDeed, Wrong } from "../components/form.js";
import { Asked } from "../components/query-states.js";
import { momentText } from "../format.js";
import { messages } from "../messages.js";
import { useAuth } from "../use-auth.js";
import { type ConfigText, LAYER_SETTINGS, type LayerSetting, patchOf, textOfConfig } from "./config-fields.js";

const { config: words } = messages.settings;
const LEVELS = ["trace", "debug", "info", "warn", "error", "silent"];

export function LayerForm({ layer }: { layer: ConfigLayer }) {
  const queries = useQueryClient();
  const key = ["config", layer];
  const query = useQuery({ queryKey: key, queryFn: ({ signal }) => getLayer(layer, signal) });
  const keep = (answer: LayerAnswer) => queries.setQueryData(key, answer);
  const save = useDeed(
    ({ present, text }: { present: LayerAnswer; text: ConfigText }) =>
      patchLayer(layer, patchOf(present.config, text), present.version),
    keep,
  );
  const undo = useDeed((present: LayerAnswer) => undoLayer(layer, present.version - 1), keep);
  return (
    <Asked query={query} rows={6}>
      {(answer) => (
        <>
          <Settings key={answer.version} answer={answer} save={save} />
          <History answer={answer} onUndo={() => undo.mutate(answer)} isBusy={undo.isPending} />
          <Wrong problem={undo.problem} />
        </>
      )}
    </Asked>
  );
}

interface SettingsProps {
  answer: LayerAnswer;
  save: Deed<{ present: LayerAnswer; text: ConfigText }, LayerAnswer>;
}

function Settings({ answer, save }: SettingsProps) {
  const { may } = useAuth();
  const [text, setText] = useState(() => textOfConfig(answer.config));
  const isSame = Object.keys(patchOf(answer.config, text)).length === 0;
  const set = (name: LayerSetting, value: string) => setText({ ...text, [name]: value });
  return (
    <form className="form-grid" onSubmit={onSubmit(() => save.mutate({ present: answer, text }))}>
      {LAYER_SETTINGS.map((name) => (
        <Field key={name} label={words.names[name]} name={name} problem={save.problem} hint={words.hints[name]}>
          {(control) => (
            <Value
              name={name}
              control={control}
              text={text[name]}
              isLocked={!may("manage")}
              onText={(value) => set(name, value)}
            />
          )}
        </Field>
      ))}
      <Wrong problem={save.problem} fields={LAYER_SETTINGS} />
      {may("manage") && (
        <p className="form-end">
          <button type="submit" className="primary" disabled={save.isPending || isSame}>
            {messages.common.save}
          </button>
          <span role="status">{save.isSuccess && isSame ? messages.common.saved : ""}</span>
        </p>
      )}
    </form>
  );
}

interface ValueProps {
  name: LayerSetting;
  control: FieldControl;
  text: string;
  isLocked: boolean;
  onText(text: string): void;
}

function Value({ name, control, text, isLocked, onText }: ValueProps) {
  const usual = String(REMOTE_DEFAULTS[name]);
  if (name !== "logLevel" && name !== "publicRead")
    return (
      <input
        {...control}
        inputMode="decimal"
        disabled={isLocked}
        placeholder={usual}
        value={text}
        onChange={(event) => onText(event.target.value)}
      />
    );
  const options: [string, string][] =
    name === "logLevel" ? LEVELS.map((level) => [level, level]) : Object.entries(words.yesNo);
  return (
    <select {...control} disabled={isLocked} value={text} onChange={(event) => onText(event.target.value)}>
      <option value="">{words.usual(options.find(([value]) => value === usual)?.[1] ?? usual)}</option>
      {options.map(([value, label]) => (
        <option key={value} value={value}>
          {label}
        </option>
      ))}
    </select>
  );
}

interface HistoryProps {
  answer: LayerAnswer;
  isBusy: boolean;
  onUndo(): void;
}

function History({ answer: { version, history }, isBusy, onUndo }: HistoryProps) {
  const { may } = useAuth();
  const [newest] = history;
  if (!newest) return <p className="muted">{words.untouched}</p>;
  return (
    <p className="form-end muted">
      {words.changed(version, newest.by, momentText(newest.atUs))}
      {may("manage") && (
        <button type="button" disabled={isBusy} onClick={onUndo}>
          {words.undo}
        </button>
      )}
    </p>
  );
}
