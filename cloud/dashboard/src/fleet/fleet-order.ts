/** All devices and a search into the ones that are shown, in their order. Pure. */
import type { StoredAlert } from "@tactus/cloud";
import type { DeviceView } from "../store.js";
import type { FleetSearch, Health, Sort } from "./fleet-search.js";

type AlertsOf = ReadonlyMap<string, readonly Pick<StoredAlert, "severity" | "rule">[]>;

/** Offline is its own: an alert about it says nothing more. */
export function healthOf(device: DeviceView, alerts: AlertsOf): Health {
  if (device.state === "offline") return "offline";
  const all = [...device.alerts, ...(alerts.get(device.id) ?? [])];
  const isDown = device.status?.hearing === "down" || device.status?.capture === "lost";
  if (isDown || all.some(({ severity }) => severity === "critical")) return "critical";
  return all.some(({ severity }) => severity === "warning") ? "warning" : "good";
}

export function fleetOrder(devices: Iterable<DeviceView>, search: FleetSearch, alerts: AlertsOf): string[] {
  const words = (search.q ?? "").toLowerCase().split(/\s+/).filter(Boolean);
  const shown: Ranked[] = [];
  for (const device of devices) {
    const health = healthOf(device, alerts);
    if (isWanted(device, health, search, words)) shown.push({ device, key: keyOf(device, health, search.sort) });
  }
  const sign = search.dir === "desc" ? -1 : 1;
  shown.sort((a, b) => sign * compare(a.key, b.key) || compare(a.device.id, b.device.id));
  return shown.map(({ device }) => device.id);
}

type Key = string | number;
interface Ranked {
  device: DeviceView;
  key: Key;
}

function isWanted(device: DeviceView, health: Health, search: FleetSearch, words: readonly string[]): boolean {
  const { tag, model, state, venue } = search;
  if (search.health !== undefined && search.health !== health) return false;
  if (tag !== undefined && !device.tags.includes(tag)) return false;
  if (model !== undefined && device.model !== model) return false;
  if (venue !== undefined && device.venue !== venue) return false;
  if (state !== undefined && musicOf(device) !== state) return false;
  if (words.length === 0) return true;
  const text = `${device.name} ${device.id} ${device.tags.join(" ")} ${device.status?.source ?? ""}`.toLowerCase();
  return words.every((word) => text.includes(word));
}

/** What the music does in the room, or "offline". */
export const musicOf = (device: DeviceView): string =>
  device.state === "offline" ? "offline" : (device.tempo?.state ?? "silent");

/** Rooms in trouble first, those that are offline last. */
const TROUBLE: Record<Health, number> = { critical: 0, warning: 1, good: 2, offline: 3 };

function keyOf(device: DeviceView, health: Health, sort: Sort = "trouble"): Key {
  const online = device.state === "online";
  switch (sort) {
    case "trouble":
      return TROUBLE[health];
    case "name":
      return (device.name || device.id).toLowerCase();
    case "venue":
      return device.venue;
    case "bpm":
      return online ? (device.tempo?.bpm ?? 0) : -1;
    case "confidence":
      return online && device.grid?.running ? device.grid.confidence : -1;
    case "model":
      return device.model;
    case "seen":
      return -device.lastSeenUs;
  }
}

function compare(a: Key, b: Key): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

export interface Facets {
  tags: string[];
  models: string[];
  venues: string[];
}

/** What there is to filter by. */
export function facetsOf(devices: Iterable<DeviceView>): Facets {
  const [tags, models, venues] = [new Set<string>(), new Set<string>(), new Set<string>()];
  for (const device of devices) {
    for (const tag of device.tags) tags.add(tag);
    if (device.model) models.add(device.model);
    venues.add(device.venue);
  }
  return { tags: [...tags].sort(), models: [...models].sort(), venues: [...venues].sort() };
}
