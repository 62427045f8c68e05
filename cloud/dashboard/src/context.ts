/** The store and the link for every component, and what they read of it. */
import { createContext, useContext, useEffect, useRef, useSyncExternalStore } from "react";
import { onFrame } from "./frame-loop.js";
import type { LiveLink } from "./live.js";
import type { DeviceView, LiveStore, View } from "./store.js";

export interface Cloud {
  store: LiveStore;
  link: LiveLink;
}

export const CloudContext = createContext<Cloud | undefined>(undefined);

export function useCloud(): Cloud {
  const cloud = useContext(CloudContext);
  if (!cloud) throw new Error("No CloudContext above this component");
  return cloud;
}

export function useView(): View {
  const { store } = useCloud();
  return useSyncExternalStore(store.subscribe, store.view);
}

export function useDevice(id: string): DeviceView | undefined {
  const { store } = useCloud();
  return useSyncExternalStore(store.subscribe, () => store.view().devices.get(id));
}

/** Calls `draw` at every frame with the cloud's time it stands for. React takes no part in it. */
export function useFrame(draw: (cloudUs: number) => void): void {
  const { store } = useCloud();
  const latest = useRef(draw);
  useEffect(() => {
    latest.current = draw;
  });
  useEffect(() => onFrame((frameUs) => latest.current(frameUs + store.clock.offsetUs)), [store]);
}
