/** The rooms that are shown, as a list with columns to sort by, or as tiles by venue. */
import { useCallback, useMemo } from "react";
import { RoomRow } from "../components/room-row.js";
import { PHONE, useMedia } from "../components/use-media.js";
import { WindowList } from "../components/window-list.js";
import { messages } from "../messages.js";
import { useOpenAlerts } from "../use-open-alerts.js";
import type { FleetSearch, Sort } from "./fleet-search.js";
import { RoomTile } from "./room-tile.js";

interface FleetListProps {
  shown: readonly string[];
  picked: ReadonlySet<string>;
  onPick: ((id: string, range: boolean) => void) | undefined;
}

const ROW = { desk: 72, phone: 96 };

const itself = (id: string): string => id;

export function FleetList({ shown, picked, onPick }: FleetListProps) {
  const isPhone = useMedia(PHONE);
  const { byDevice } = useOpenAlerts();
  const heightOf = useCallback(() => (isPhone ? ROW.phone : ROW.desk), [isPhone]);
  return (
    <WindowList items={shown} label={messages.fleet.title} className="rooms" keyOf={itself} heightOf={heightOf}>
      {(id) => (
        <RoomRow
          id={id}
          alerts={byDevice.get(id) ?? []}
          pick={onPick ? { picked: picked.has(id), onPick } : undefined}
        />
      )}
    </WindowList>
  );
}

/** What can be sorted by; the other columns are only named. */
const COLUMNS: { label: string; sort?: Sort }[] = [
  { label: messages.fleet.columns[0], sort: "name" },
  { label: messages.fleet.columns[1], sort: "bpm" },
  { label: messages.fleet.columns[2], sort: "confidence" },
  { label: messages.fleet.columns[3] },
  { label: messages.fleet.columns[4] },
  { label: messages.fleet.columns[5], sort: "seen" },
];

interface ColumnsProps {
  search: FleetSearch;
  /** Rows begin with a box to pick them by. */
  isPicking: boolean;
  onSort(sort: Sort): void;
}

export function FleetColumns({ search, isPicking, onSort }: ColumnsProps) {
  return (
    <div className={isPicking ? "room-columns room-columns-picking" : "room-columns"}>
      {COLUMNS.map(({ label, sort }) => {
        if (!sort) return <span key={label}>{label}</span>;
        const is = search.sort === sort;
        const arrow = !is ? "" : search.dir === "desc" ? " ↓" : " ↑";
        return (
          <button key={label} type="button" className="sort" aria-pressed={is} onClick={() => onSort(sort)}>
            {label}
            <span aria-hidden="true">{arrow}</span>
            {is && <span className="unseen">{messages.fleet.direction[search.dir ?? "asc"]}</span>}
          </button>
        );
      })}
    </div>
  );
}

type Line = { venue: string; count: number } | { venue: string; ids: string[] };

const LINE = { head: 44, tiles: 116 };
const TILE = 190;

export function FleetGrid({ shown }: { shown: readonly string[] }) {
  const { byDevice } = useOpenAlerts();
  const isPhone = useMedia(PHONE);
  const isWide = useMedia("(min-width: 1180px)");
  const across = isPhone ? Math.max(2, Math.floor(window.innerWidth / TILE)) : isWide ? 6 : 4;
  const lines = useMemo(() => linesOf(shown, across), [shown, across]);
  const heightOf = useCallback((line: Line) => ("ids" in line ? LINE.tiles : LINE.head), []);
  return (
    <WindowList
      items={lines}
      label={messages.fleet.title}
      className={`tiles tiles-${across}`}
      keyOf={(line) => ("ids" in line ? (line.ids[0] ?? "") : `venue ${line.venue}`)}
      heightOf={heightOf}
    >
      {(line) =>
        "ids" in line ? (
          <div className="tile-line" style={{ gridTemplateColumns: `repeat(${across}, minmax(0, 1fr))` }}>
            {line.ids.map((id) => (
              <RoomTile key={id} id={id} alerts={byDevice} />
            ))}
          </div>
        ) : (
          <h2 className="tile-venue">
            {line.venue} <small>{messages.fleet.rooms(line.count)}</small>
          </h2>
        )
      }
    </WindowList>
  );
}

/** Venues by name; the rooms of each keep their order. */
function linesOf(shown: readonly string[], across: number): Line[] {
  const venues = new Map<string, string[]>();
  for (const id of shown) {
    const venue = id.split(".")[0] ?? "";
    const ids = venues.get(venue);
    if (ids) ids.push(id);
    else venues.set(venue, [id]);
  }
  return [...venues]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([venue, ids]): Line[] => [
      { venue, count: ids.length },
      ...Array.from({ length: Math.ceil(ids.length / across) }, (_, line) => ({
        venue,
        ids: ids.slice(line * across, (line + 1) * across),
      })),
    ]);
}
