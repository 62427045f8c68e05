/** What the fleet is searched, filtered and sorted by; all of it stands in the address. */
import { useState } from "react";
import { messages } from "../messages.js";
import type { Facets } from "./fleet-order.js";
import { type FleetChange, type FleetSearch, HEALTHS, type Health, SORTS, type Sort } from "./fleet-search.js";

interface ToolbarProps {
  search: FleetSearch;
  facets: Facets;
  onChange(change: FleetChange): void;
}

const MUSIC = ["tracking", "held", "searching", "silent", "offline"] as const;

export function FleetToolbar({ search, facets, onChange }: ToolbarProps) {
  const { filters, health, music, sorts, view } = messages.fleet;
  const [open, setOpen] = useState(false);
  const { q: _, sort: __, dir: ___, view: ____, ...chosen } = search;
  return (
    <search className={open ? "toolbar fleet-filters filters-open" : "toolbar fleet-filters"}>
      <input
        type="search"
        placeholder={messages.fleet.search}
        aria-label={messages.fleet.search}
        value={search.q ?? ""}
        onChange={(event) => onChange({ q: event.target.value })}
      />
      <button type="button" className="quiet filters-fold" aria-expanded={open} onClick={() => setOpen(!open)}>
        {filters.fold(Object.keys(chosen).length)}
      </button>
      <Choice
        label={filters.health}
        value={search.health}
        options={HEALTHS.map((value) => [value, health[value]])}
        onChoose={(value) => onChange({ health: value as Health })}
      />
      <Choice
        label={filters.state}
        value={search.state}
        options={MUSIC.map((value) => [value, music[value]])}
        onChoose={(value) => onChange({ state: value })}
      />
      <Choice
        label={filters.venue}
        value={search.venue}
        options={facets.venues.map((value) => [value, value])}
        onChoose={(value) => onChange({ venue: value })}
      />
      <Choice
        label={filters.tag}
        value={search.tag}
        options={facets.tags.map((value) => [value, value])}
        onChoose={(value) => onChange({ tag: value })}
      />
      <Choice
        label={filters.model}
        value={search.model}
        options={facets.models.map((value) => [value, value])}
        onChoose={(value) => onChange({ model: value })}
      />
      <label className="filter">
        <span className="unseen">{filters.sort}</span>
        <select value={search.sort ?? "trouble"} onChange={(event) => onChange({ sort: event.target.value as Sort })}>
          {SORTS.map((sort) => (
            <option key={sort} value={sort}>
              {sorts[sort]}
            </option>
          ))}
        </select>
      </label>
      <fieldset className="views">
        <legend className="unseen">{view.label}</legend>
        <button
          type="button"
          className="quiet"
          aria-pressed={search.view !== "grid"}
          onClick={() => onChange({ view: undefined })}
        >
          {view.list}
        </button>
        <button
          type="button"
          className="quiet"
          aria-pressed={search.view === "grid"}
          onClick={() => onChange({ view: "grid" })}
        >
          {view.grid}
        </button>
      </fieldset>
    </search>
  );
}

interface ChoiceProps {
  label: string;
  value: string | undefined;
  options: readonly (readonly [string, string])[];
  onChoose(value: string): void;
}

/** Empty = all of them. */
function Choice({ label, value = "", options, onChoose }: ChoiceProps) {
  const known = options.some(([option]) => option === value) || value === "";
  return (
    <label className="filter">
      <span className="unseen">{label}</span>
      <select value={value} className={value ? "chosen" : ""} onChange={(event) => onChoose(event.target.value)}>
        <option value="">{label}</option>
        {!known && <option value={value}>{value}</option>}
        {options.map(([option, text]) => (
          <option key={option} value={option}>
            {text}
          </option>
        ))}
      </select>
    </label>
  );
}
