/** The address of the fleet page into what is shown of the fleet, and in which order. Pure. */
import { wordsOf } from "../search-words.js";

export const HEALTHS = ["critical", "warning", "good", "offline"] as const;
export type Health = (typeof HEALTHS)[number];
export const SORTS = ["trouble", "name", "venue", "bpm", "confidence", "model", "seen"] as const;
export type Sort = (typeof SORTS)[number];

export interface FleetSearch {
  q?: string;
  tag?: string;
  health?: Health;
  model?: string;
  /** As the music is: tracking, silent … */
  state?: string;
  venue?: string;
  sort?: Sort;
  dir?: "desc";
  view?: "grid";
}

/** Undefined or empty = not filtered by that any more. */
export type FleetChange = { [Name in keyof FleetSearch]?: FleetSearch[Name] | undefined };

const words = wordsOf("q", "tag", "health", "model", "state", "venue", "sort", "dir", "view");

/** Whatever is not understood is as if it were absent. */
export function fleetSearchOf(search: Record<string, unknown>): FleetSearch {
  const { health, sort, dir, view, ...others } = words(search);
  return {
    ...others,
    ...(isOneOf(HEALTHS, health) ? { health } : {}),
    ...(isOneOf(SORTS, sort) ? { sort } : {}),
    ...(dir === "desc" ? { dir } : {}),
    ...(view === "grid" ? { view } : {}),
  };
}

/** Clicked once: by that; again: the other way round. */
export function sortedBy(search: FleetSearch, sort: Sort): FleetSearch {
  const { dir, ...others } = search;
  return (search.sort ?? "trouble") === sort && dir === undefined
    ? { ...others, sort, dir: "desc" }
    : { ...others, sort };
}

function isOneOf<T extends string>(known: readonly T[], word: string | undefined): word is T {
  return word !== undefined && (known as readonly string[]).includes(word);
}
