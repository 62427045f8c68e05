/** Of each venue: its time zone, when its boxes may be worked on, and its layer of configuration. */
import type { VenueAnswer, VenueSettings } from "@tactus/cloud";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useState } from "react";
import { getVenue, putVenue } from "../api/fleet.js";
import { Field, onSubmit, useDeed, Wrong } from "../components/form.js";
import { Asked, Empty } from "../components/query-states.js";
import { useView } from "../context.js";
import { momentText } from "../format.js";
import { messages } from "../messages.js";
import { useAuth } from "../use-auth.js";
import { LayerForm } from "./layer-form.js";
import { MaintenanceWindows } from "./maintenance-windows.js";

const { venues: words } = messages.settings;

export function Venues() {
  const { devices } = useView();
  const { venue: asked } = useSearch({ from: "/settings" });
  const navigate = useNavigate({ from: "/settings" });
  const venues = [...new Set([...devices.values()].map(({ venue }) => venue))].sort();
  const venue = asked ?? venues[0];
  if (venue === undefined) return <Empty title={words.none}>{words.noneWhy}</Empty>;
  return (
    <>
      <label className="inline-field">
        {words.choose}
        <select
          value={venue}
          onChange={(event) => void navigate({ search: { tab: "venues", venue: event.target.value } })}
        >
          {(venues.includes(venue) ? venues : [venue, ...venues]).map((name) => (
            <option key={name} value={name}>
              {name}
            </option>
          ))}
        </select>
      </label>
      <VenuePanel key={venue} venue={venue} />
      <section className="card" aria-labelledby="venue-config-title">
        <h2 id="venue-config-title">{words.config(venue)}</h2>
        <LayerForm key={venue} layer={{ scope: "venue", subject: venue }} />
      </section>
    </>
  );
}

function VenuePanel({ venue }: { venue: string }) {
  const query = useQuery({ queryKey: ["venue", venue], queryFn: ({ signal }) => getVenue(venue, signal) });
  return (
    <section className="card" aria-labelledby="venue-title">
      <h2 id="venue-title">{words.hours(venue)}</h2>
      <Asked query={query} rows={3}>
        {(answer) => <VenueForm answer={answer} />}
      </Asked>
    </section>
  );
}

const ZONES = Intl.supportedValuesOf("timeZone");

function VenueForm({ answer }: { answer: VenueAnswer }) {
  const { may } = useAuth();
  const queries = useQueryClient();
  const [settings, setSettings] = useState<VenueSettings>({
    timeZone: answer.timeZone,
    windows: answer.windows,
    quiet: answer.quiet,
  });
  const save = useDeed(
    (next: VenueSettings) => putVenue(answer.venue, next),
    (saved) => queries.setQueryData(["venue", answer.venue], saved),
  );
  const isLocked = !may("manage");
  const next = answer.next[0];
  return (
    <form onSubmit={onSubmit(() => save.mutate(settings))}>
      {answer.isDefault && <p className="muted">{words.isDefault}</p>}
      <Field label={words.timeZone} name="timeZone" problem={save.problem} hint={words.timeZoneHint}>
        {(control) => (
          <>
            <input
              {...control}
              required
              list="time-zones"
              disabled={isLocked}
              value={settings.timeZone}
              onChange={(event) => setSettings({ ...settings, timeZone: event.target.value })}
            />
            <datalist id="time-zones">
              {ZONES.map((zone) => (
                <option key={zone} value={zone} />
              ))}
            </datalist>
          </>
        )}
      </Field>
      <MaintenanceWindows
        windows={settings.windows}
        isLocked={isLocked}
        onWindows={(windows) => setSettings({ ...settings, windows })}
      />
      <label className="check">
        <input
          type="checkbox"
          disabled={isLocked}
          checked={settings.quiet}
          onChange={(event) => setSettings({ ...settings, quiet: event.target.checked })}
        />
        {words.quiet}
      </label>
      <Wrong problem={save.problem} fields={["timeZone"]} />
      {next && <p className="muted">{words.next(momentText(next.fromUs), momentText(next.toUs))}</p>}
      {!isLocked && (
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
