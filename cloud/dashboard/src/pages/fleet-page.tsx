/** All rooms at a glance, those in trouble first. */
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { useEffect, useRef, useState } from "react";
import { FleetEmpty } from "../components/fleet-empty.js";
import { useCloud } from "../context.js";
import { BulkBar, BulkFate } from "../fleet/bulk-bar.js";
import { FleetColumns, FleetGrid, FleetList } from "../fleet/fleet-list.js";
import { type FleetChange, fleetSearchOf, sortedBy } from "../fleet/fleet-search.js";
import { FleetToolbar } from "../fleet/fleet-toolbar.js";
import { useBulk } from "../fleet/use-bulk.js";
import { useFleet } from "../fleet/use-fleet.js";
import { messages } from "../messages.js";
import { useAuth } from "../use-auth.js";

export function FleetPage() {
  const { link } = useCloud();
  const { may } = useAuth();
  const search = useSearch({ from: "/" });
  const navigate = useNavigate({ from: "/" });
  const fleet = useFleet(search);
  const bulk = useBulk();
  const { picked, onPick, pickAll, clear } = usePicked(fleet.shown);
  useEffect(() => link.watch([]), [link]);

  const go = (next: FleetChange) => void navigate({ search: fleetSearchOf({ ...next }), replace: true });
  if (!fleet.known) return <p className="waiting">{messages.fleet.waiting}</p>;
  if (fleet.all === 0) return <FleetEmpty />;
  const manages = may("manage");
  const isGrid = search.view === "grid";
  return (
    <div className="fleet-page">
      <div className="fleet-head">
        <h1>{messages.fleet.title}</h1>
        <span className="muted">{messages.fleet.counts(fleet.online, fleet.all)}</span>
        <Link to="/claim" className="button">
          {messages.fleet.claim}
        </Link>
      </div>
      <FleetToolbar search={search} facets={fleet.facets} onChange={(change) => go({ ...search, ...change })} />
      {manages && !isGrid && (
        <div className="pick-all">
          <label>
            <input
              type="checkbox"
              checked={picked.size > 0 && picked.size === fleet.shown.length}
              onChange={(event) => (event.target.checked ? pickAll() : clear())}
            />
            {messages.fleet.pickAll(fleet.shown.length)}
          </label>
          {picked.size > 0 && (
            <BulkBar
              count={picked.size}
              isBusy={bulk.run?.isRunning ?? false}
              onGo={(title, deed) => void bulk.go(title, [...picked], deed)}
              onClear={clear}
            />
          )}
        </div>
      )}
      {bulk.run && (
        <BulkFate run={bulk.run} onStop={bulk.stop} onUndo={() => void bulk.undo()} onDismiss={bulk.dismiss} />
      )}
      {isGrid ? (
        <FleetGrid shown={fleet.shown} />
      ) : (
        <>
          <FleetColumns search={search} isPicking={manages} onSort={(sort) => go(sortedBy(search, sort))} />
          <FleetList shown={fleet.shown} picked={picked} onPick={manages ? onPick : undefined} />
        </>
      )}
      {fleet.shown.length === 0 && (
        <div className="muted none">
          <p>{messages.fleet.none}</p>
          <button type="button" onClick={() => go(search.view ? { view: search.view } : {})}>
            {messages.fleet.showAll}
          </button>
        </div>
      )}
    </div>
  );
}

/** With shift, everything between the last pick and this one. */
function usePicked(shown: readonly string[]) {
  const [picked, setPicked] = useState<ReadonlySet<string>>(new Set());
  const last = useRef("");
  const onPick = (id: string, range: boolean) => {
    const next = new Set(picked);
    const [a, b] = [shown.indexOf(last.current), shown.indexOf(id)];
    const ids = range && a >= 0 && b >= 0 ? shown.slice(Math.min(a, b), Math.max(a, b) + 1) : [id];
    for (const one of ids) {
      if (picked.has(id)) next.delete(one);
      else next.add(one);
    }
    last.current = id;
    setPicked(next);
  };
  return { picked, onPick, pickAll: () => setPicked(new Set(shown)), clear: () => setPicked(new Set<string>()) };
}
