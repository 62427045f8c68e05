/** Which rooms are shown, in which order: counted anew at once when the question changes, and about once a second otherwise. */
import { useEffect, useMemo, useState, useSyncExternalStore } from "react";
import { useCloud } from "../context.js";
import type { DeviceView } from "../store.js";
import { useOpenAlerts } from "../use-open-alerts.js";
import { type Facets, facetsOf, fleetOrder } from "./fleet-order.js";
import type { FleetSearch } from "./fleet-search.js";

/** Rows that move more often cannot be hit. */
const AGAIN_MS = 1000;

export interface Fleet {
  known: boolean;
  all: number;
  online: number;
  shown: string[];
  facets: Facets;
}

export function useFleet(search: FleetSearch): Fleet {
  const { store } = useCloud();
  const known = useSyncExternalStore(store.subscribe, () => store.view().known);
  const all = useSyncExternalStore(store.subscribe, () => store.view().devices.size);
  const { byDevice } = useOpenAlerts();
  const [tick, setTick] = useState(0);
  useEffect(() => {
    const timer = setInterval(() => setTick((count) => count + 1), AGAIN_MS);
    return () => clearInterval(timer);
  }, []);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the store is read whenever it may have changed
  const devices = useMemo(() => [...store.view().devices.values()], [store, all, tick]);
  const shown = useSteady(useMemo(() => fleetOrder(devices, search, byDevice), [devices, search, byDevice]));
  const facets = useMemo(() => facetsOf(devices), [devices]);
  return { known, all, online: devices.filter(isOnline).length, shown, facets };
}

const isOnline = ({ state }: DeviceView): boolean => state === "online";

/** The same list as before when nothing in it has changed. */
function useSteady(next: string[]): string[] {
  const [kept, keep] = useState(next);
  if (kept === next || (kept.length === next.length && kept.every((id, index) => id === next[index]))) return kept;
  keep(next);
  return next;
}
